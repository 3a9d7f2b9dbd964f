import type { SourceArtifact } from "../../content/image-source.ts";
import type { OpenableBlob } from "../../content/repository.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { findBlob } from "../index/blob-entry.ts";
import { readManifestBlob } from "./oci-listing.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** Indexes within indexes. */
const maxDepth = 4;
/** Manifests below one index; nobody attaches that many files. */
const maxParts = 1000;

/** A manifest that is no image, or an index of such, with all its blobs; undefined where something is not in the archive. */
export async function readArtifact(
  archive: OpenedArchive,
  manifest: Manifest | ImageIndex,
): Promise<SourceArtifact | undefined> {
  const parts: (Manifest | ImageIndex)[] = [];
  const blobs: OpenableBlob[] = [];

  /** Gives whether all is there. */
  async function collect(node: Manifest | ImageIndex, depth: number): Promise<boolean> {
    if (depth > maxDepth || parts.length > maxParts) return false;
    if (node.kind === "manifest") return collectBlobs(archive, node, blobs);
    for (const child of node.manifests) {
      const found = await readManifestBlob(archive, child);
      if (!found || !(await collect(found, depth + 1))) return false;
      parts.push(found);
    }
    return true;
  }

  if (!(await collect(manifest, 0))) return undefined;
  return { manifest, blobs, ...(parts.length > 0 ? { parts } : {}) };
}

function collectBlobs(archive: OpenedArchive, { config, layers }: Manifest, blobs: OpenableBlob[]): boolean {
  return [config, ...layers].every((descriptor) => {
    const entry = findBlob(archive, descriptor);
    if (entry) blobs.push({ descriptor, open: archive.access.open(entry) });
    return entry !== undefined;
  });
}
