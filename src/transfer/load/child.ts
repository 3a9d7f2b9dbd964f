import type { Repository } from "../../content/repository.ts";
import { isForeign } from "../../oci/descriptor.ts";
import { type Manifest, ownBlobs } from "../../oci/manifest.ts";
import { platformKey } from "../../oci/platform.ts";
import type { ExistingTag } from "./existing-tag.ts";
import { unlessHidden } from "../graph/unless-hidden.ts";
import { findManifest } from "../graph/find-manifest.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import { uploadImage, type UploadedImage, type UploadOptions } from "./upload-image.ts";

/** A list's child on its way: the registry's own manifest that already is this image, or fresh blobs that need one. */
export type Child =
  | { readonly kind: "found"; readonly manifest: Manifest }
  | { readonly kind: "uploaded"; readonly image: UploadedImage };

/**
 * Makes sure that all of a child but its manifest is in the repository. An image is known by its config's digest,
 * whatever compression put its layers there: where the list or the child's own tag has it, with all blobs, nothing is sent.
 */
export async function uploadChild(
  entry: PlannedEntry,
  repository: Repository,
  existing: ExistingTag | undefined,
  options: UploadOptions,
): Promise<Child> {
  const found = await findChild(entry, repository, existing, options.signal);
  if (found) return { kind: "found", manifest: found };
  return { kind: "uploaded", image: await uploadImage(entry.image, repository, options) };
}

/** The manifest in the registry that already is this image and whole, or undefined. */
export async function findChild(
  entry: PlannedEntry,
  repository: Repository,
  existing: ExistingTag | undefined,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  const key = platformKey(entry.image.platform);
  const listed = existing?.entries.find((candidate) => platformKey(candidate.platform) === key)?.manifest;
  const tagged =
    entry.archTag === undefined
      ? undefined
      : await unlessHidden(findManifest(repository, entry.archTag, signal));
  for (const candidate of [listed, tagged]) {
    if (
      candidate?.kind === "manifest" &&
      isSameImage(entry, candidate) &&
      (await isWhole(repository, candidate, signal))
    ) {
      return candidate;
    }
  }
  return undefined;
}

/** A promised manifest is the same image only when it is the same manifest. */
function isSameImage({ image }: PlannedEntry, candidate: Manifest): boolean {
  if (image.keepsManifest) {
    return candidate.descriptor.digest === image.sourceImage.manifest?.descriptor.digest;
  }
  const { layers } = image.sourceImage;
  return (
    candidate.config.digest === image.config.digest &&
    candidate.layers.length === layers.length &&
    candidate.layers.every((layer, at) => isForeign(layer) === (layers[at]?.blob === undefined))
  );
}

async function isWhole(repository: Repository, manifest: Manifest, signal?: AbortSignal): Promise<boolean> {
  const present = await Promise.all(ownBlobs(manifest).map((blob) => repository.hasBlob(blob, signal)));
  return present.every(Boolean);
}
