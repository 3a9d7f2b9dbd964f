import pLimit from "p-limit";
import type { Repository } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Platform } from "../oci/platform.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { copyImage } from "./copy-image.ts";
import type { OnEvent } from "./events.ts";
import { fetchRoot } from "./fetch-root.ts";
import { GatheredContent } from "./gathered-content.ts";
import { type Selection, selectImages, takeSingle } from "./select-images.ts";

/** An image to be saved. */
export interface WantedImage {
  /** What it is called in the archive. */
  readonly name: Reference;
  /** Where it is read from, and under which tag or digest. */
  readonly repository: Repository;
  readonly source: Reference;
}

export interface GatherOptions {
  /** None takes all that there are. */
  readonly platforms: readonly Platform[];
  /** One image of each name, and no lists. */
  readonly single: boolean;
  /** Whether an image may lack a platform: it is then left out, with a warning. */
  readonly allowMissing: boolean;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

export interface GatheredImage extends Selection {
  readonly names: readonly Reference[];
}

export interface GatheredImages {
  readonly images: readonly GatheredImage[];
  /** All manifests, and how to open every blob. */
  readonly content: GatheredContent;
}

/** Images whose manifests are read at a time. */
const parallelImages = 6;

/**
 * Reads the manifests of images and finds all their blobs, which are left where they are until they are opened. Names that
 * lead to the same image share it. Throws `IMAGE_NOT_FOUND`, `PLATFORM_MISSING` or `SEVERAL_PLATFORMS`.
 */
export async function gatherImages(
  wanted: readonly WantedImage[],
  options: GatherOptions,
): Promise<GatheredImages> {
  const content = new GatheredContent("the images to save");
  const limit = pLimit(parallelImages);
  const selections = await Promise.all(
    wanted.map((image) => limit(() => gatherImage(image, content, options))),
  );
  const images = new Map<string, GatheredImage>();
  for (const [at, { name }] of wanted.entries()) {
    const selection = selections[at];
    if (!selection) continue;
    const { digest } = selection.root.descriptor;
    images.set(digest, { ...selection, names: [...(images.get(digest)?.names ?? []), name] });
  }
  return { images: [...images.values()], content };
}

async function gatherImage(
  { name, repository, source }: WantedImage,
  content: GatheredContent,
  options: GatherOptions,
): Promise<Selection | undefined> {
  const { platforms, single, allowMissing, onEvent, signal } = options;
  try {
    const root = await fetchRoot(repository, source, signal);
    const chosen = await selectImages(root, repository, { platforms, attestations: false, signal });
    const selection = single ? await takeSingle(chosen, repository, signal) : chosen;
    await copyImage(
      selection.root,
      repository,
      { repository: content },
      { onEvent: () => undefined, signal },
    );
    return selection;
  } catch (error) {
    if (!(error instanceof AirgapError) || error.code !== "PLATFORM_MISSING" || !allowMissing) throw error;
    const warning = {
      severity: "warning",
      subject: formatReference(name),
      text: `left out: ${error.message}`,
    } as const;
    onEvent({ type: "warning", warning });
    return undefined;
  }
}
