import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { buildIndex, type ImageIndex } from "../../oci/manifest.ts";
import type { Family } from "../../oci/media-type.ts";
import { comparePlatforms, formatPlatform, platformKey } from "../../oci/platform.ts";
import { formatReference } from "../../oci/reference.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { copyGraph } from "../graph/copy-graph.ts";
import { fetchChild } from "../graph/fetch-child.ts";
import { type DraftEntry, platformOf } from "./list-draft.ts";
import { buildList } from "../load/merge-list.ts";
import { publishManifest } from "../graph/publish-manifest.ts";
import { unlessHidden } from "../graph/unless-hidden.ts";
import { compareTag, type ImageOutcome } from "../report/outcome.ts";
import { pushOnce } from "../graph/push-once.ts";
import type { UploadOptions } from "../load/upload-image.ts";

/** An image with where it is. */
export interface SourcedEntry extends DraftEntry {
  readonly repository: Repository;
  /** Whether that is a repository of the store that the list goes to. */
  readonly isSameStore: boolean;
}

/** A list that was published, and what that did to each of its tags. */
export interface PublishedDraft {
  readonly list: ImageIndex;
  readonly tags: readonly PublishedTag[];
}

export interface PublishedTag {
  readonly tag: string;
  readonly outcome: ImageOutcome;
  /** What it named before, where that was something else. */
  readonly previous?: Digest;
}

export interface PublishDraftOptions extends UploadOptions {
  /** Of the list; none takes what its images and annotations need. */
  readonly family?: Family;
  readonly annotations?: ReadonlyMap<string, string>;
  /** Told of each image that had to be brought to the list's repository. */
  readonly onPushed?: (descriptor: Descriptor) => void;
  readonly signal: AbortSignal;
}

/**
 * Publishes a list of images: brings those of other repositories to its own, then moves its tags and reads them back. Throws
 * `DUPLICATE_PLATFORM` where a puller could not tell two of them apart.
 */
export async function publishDraft(
  entries: readonly SourcedEntry[],
  target: { readonly repository: Repository; readonly tags: readonly string[] },
  options: PublishDraftOptions,
): Promise<PublishedDraft> {
  const { repository } = target;
  const list = composeList(entries, options);
  for (const entry of entries) await bringImage(entry, repository, options);
  const tags: PublishedTag[] = [];
  for (const tag of target.tags) {
    const before = await unlessHidden(repository.resolve(tag, options.signal));
    await publishManifest(repository, tag, list, options);
    tags.push({ tag, ...compareTag(before?.digest, list.descriptor.digest) });
  }
  return { list, tags };
}

/** Images in the order of lists, attestations behind them. */
function composeList(
  entries: readonly DraftEntry[],
  { family, annotations }: Pick<PublishDraftOptions, "family" | "annotations">,
): ImageIndex {
  const unique = new Map(entries.map((entry) => [`${entry.descriptor.digest} ${keyOf(entry)}`, entry]));
  const images = [...unique.values()].filter(({ descriptor }) => !isAttestation(descriptor));
  const others = [...unique.values()].filter(({ descriptor }) => isAttestation(descriptor));
  checkPlatforms(images);
  images.sort((a, b) => comparePlatforms(platformOf(a), platformOf(b)));
  const children = [...images, ...others].map(({ descriptor }) => descriptor);
  return family || annotations?.size
    ? buildIndex(family ?? "oci", children, annotations)
    : buildList(children);
}

function keyOf(entry: DraftEntry): string {
  return platformKey(platformOf(entry));
}

function checkPlatforms(images: readonly DraftEntry[]): void {
  const seen = new Map<string, DraftEntry>();
  for (const entry of images) {
    const twin = seen.get(keyOf(entry));
    seen.set(keyOf(entry), entry);
    if (!twin) continue;
    throw new AirgapError(
      "DUPLICATE_PLATFORM",
      `Cannot list ${formatReference(twin.image)} and ${formatReference(entry.image)}: both are for ${formatPlatform(platformOf(entry))}`,
      {
        exit: "partial",
        hint: "Their configs say so. If one is wrong, say what it is for: manifest annotate, or platform in the spec.",
      },
    );
  }
}

async function bringImage(
  { descriptor, repository, isSameStore }: SourcedEntry,
  target: Repository,
  options: PublishDraftOptions,
): Promise<void> {
  if (isSameStore && repository.name === target.name) return;
  const there = await target.resolve(descriptor.digest, options.signal);
  const image = await fetchChild(repository, descriptor, options.signal);
  const mountFrom = isSameStore ? [repository.name] : [];
  await copyGraph(image, repository, target, { ...options, mountFrom });
  await pushOnce(target, descriptor.digest, image, options.signal);
  if (there?.digest !== descriptor.digest) options.onPushed?.(descriptor);
}
