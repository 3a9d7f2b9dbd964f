import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { isIndexType, isManifestType } from "../../oci/media-type.ts";
import { platformKey } from "../../oci/platform.ts";
import { findBlob } from "../index/blob-entry.ts";
import { findPurpose, type ManifestPurpose } from "./manifest-purpose.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** What an index comes to, the indexes within it resolved. */
export interface OciListing {
  readonly manifests: readonly ListedManifest[];
  /** What it lists and the archive does not have: normal for an export of one platform (archives.md 1.7). */
  readonly absent: readonly Descriptor[];
  /** Whether it lists manifests only, no indexes. */
  readonly flat: boolean;
  /** How many descriptors were followed. */
  readonly length: number;
}

export interface ListedManifest {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly purpose: ManifestPurpose;
}

const maxDepth = 4;

/**
 * Follows an index down to its manifests, each once for each platform it is listed for, at most `limit` of them.
 * Throws `DIGEST_MISMATCH`, `MANIFEST_INVALID`, `JSON_INVALID`, or `ARCHIVE_INVALID` where it is too deep or too long.
 */
export async function readListing(
  archive: OpenedArchive,
  index: ImageIndex,
  limit: number,
): Promise<OciListing> {
  const manifests: ListedManifest[] = [];
  const absent: Descriptor[] = [];
  const seen = new Set<string>();
  let flat = true;

  async function follow(children: readonly Descriptor[], depth: number): Promise<void> {
    if (depth > maxDepth) throw tooLarge(`indexes are nested more than ${maxDepth} deep`);
    for (const descriptor of children) {
      const key = `${descriptor.digest} ${descriptor.platform ? platformKey(descriptor.platform) : ""}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > limit) throw tooLarge("its indexes list too many manifests");
      const child = await readManifestBlob(archive, descriptor);
      if (!child) absent.push(descriptor);
      else if (child.kind === "manifest") {
        manifests.push({
          descriptor,
          manifest: child,
          purpose: await findPurpose(archive, child, descriptor),
        });
      } else {
        flat = false;
        await follow(child.manifests, depth + 1);
      }
    }
  }

  await follow(index.manifests, 1);
  return { manifests, absent, flat, length: seen.size };
}

/** A manifest or an index by its descriptor; undefined where it is not in the archive, or of a kind that nothing is known of. */
export async function readManifestBlob(
  archive: OpenedArchive,
  descriptor: Descriptor,
): Promise<Manifest | ImageIndex | undefined> {
  const { mediaType } = descriptor;
  if (!isManifestLike(mediaType)) return undefined;
  const entry = findBlob(archive, descriptor);
  return entry && archive.metadata.manifest(entry, mediaType);
}

/** Whether a descriptor in an index may lead to something that can be read; old writers leave the type away. */
export function isManifestLike(mediaType: string): boolean {
  return mediaType === "" || isIndexType(mediaType) || isManifestType(mediaType);
}

function tooLarge(detail: string): AirgapError {
  return new AirgapError("ARCHIVE_INVALID", `Cannot read archive: ${detail}`);
}
