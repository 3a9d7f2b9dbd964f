import pLimit from "p-limit";
import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { copyImage } from "../graph/copy-image.ts";
import type { OnEvent } from "../report/events.ts";
import { GatheredContent } from "./gathered-content.ts";
import { type Selection, selectImages, takeSingle } from "../graph/select-images.ts";

/** An image to be saved. */
export interface WantedImage {
  /** What it is called in the archive. */
  readonly name: Reference;
  /** Where it is read from. */
  readonly repository: Repository;
  /** What it is there: the same whenever it is asked, so that archives for several platforms are of one release. */
  readonly root: () => Promise<Manifest | ImageIndex>;
}

export interface GatherOptions {
  /** None takes all that there are. */
  readonly platforms: readonly Platform[];
  /** One image of each name, and no lists. */
  readonly single: boolean;
  /** Whether an image may lack platforms, with a warning; one that has none of them is left out. */
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
 * lead to the same image share it. Throws `IMAGE_NOT_FOUND` and `PLATFORM_MISSING` for all images of which that holds, or
 * `SEVERAL_PLATFORMS`.
 */
export async function gatherImages(
  wanted: readonly WantedImage[],
  options: GatherOptions,
): Promise<GatheredImages> {
  const content = new GatheredContent("the images to save");
  const limit = pLimit(parallelImages);
  const missing: AirgapError[] = [];
  const selections = await Promise.all(
    wanted.map((image) =>
      limit(() => gatherImage(image, content, { ...options, onMissing: (error) => missing.push(error) })),
    ),
  );
  if (missing.length > 0) throw joinMissing(missing, wanted.length);
  const images = new Map<string, GatheredImage>();
  for (const [at, { name }] of wanted.entries()) {
    const selection = selections[at];
    if (!selection) continue;
    const { digest } = selection.root.descriptor;
    images.set(digest, { ...selection, names: [...(images.get(digest)?.names ?? []), name] });
  }
  if (images.size === 0) throw nothingLeft(options);
  return { images: [...images.values()], content };
}

async function gatherImage(
  { name, repository, root }: WantedImage,
  content: GatheredContent,
  options: GatherOptions & { readonly onMissing: (error: AirgapError) => void },
): Promise<Selection | undefined> {
  const { platforms, single, allowMissing, onEvent, signal } = options;
  const warn = (text: string): void => {
    const warning = { severity: "warning", subject: formatReference(name), text } as const;
    onEvent({ type: "warning", warning });
  };
  try {
    const onMissing = allowMissing ? { onMissing: ({ message }: AirgapError) => warn(message) } : {};
    const choice = { platforms, attestations: false, signal, ...onMissing };
    const chosen = await selectImages(await root(), repository, choice);
    const selection = single ? await takeSingle(chosen, repository, signal) : chosen;
    const copying = { onEvent: () => undefined, signal };
    await copyImage(selection.root, repository, { repository: content }, copying);
    return selection;
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    if (error.code === "PLATFORM_MISSING" && allowMissing) warn(`left out: ${error.message}`);
    else if (error.code === "PLATFORM_MISSING" || error.code === "IMAGE_NOT_FOUND") options.onMissing(error);
    else throw error;
    return undefined;
  }
}

/** All of them at once, so that a list of names is mended once. */
function joinMissing(errors: readonly AirgapError[], wanted: number): AirgapError {
  const [first] = errors;
  if (first && errors.length === 1) return first;
  const messages = errors.map(({ message }) => `  ${message}`).sort();
  return new AirgapError(
    first?.code ?? "IMAGE_NOT_FOUND",
    [`Cannot save ${errors.length} of ${wanted} images:`, ...messages],
    { exit: first?.exit ?? "noInput" },
  );
}

function nothingLeft({ platforms }: GatherOptions): AirgapError {
  const wanted = platforms.map(formatPlatform).join(", ");
  return new AirgapError("PLATFORM_MISSING", `Cannot save anything: none of the images has ${wanted}`);
}
