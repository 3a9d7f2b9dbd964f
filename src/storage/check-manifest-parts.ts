import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type ImageIndex, type Manifest, partsOf } from "../oci/manifest.ts";
import type { ContentStorage } from "./content-storage.ts";

/**
 * Checks that a repository owns all that a manifest or an index names, with the sizes it gives. A subject need not be
 * there (distribution-spec, push), nor layers that live elsewhere (image-spec, layer.md#non-distributable-layers).
 * Throws `MANIFEST_BLOB_UNKNOWN` or `SIZE_INVALID`.
 */
export async function checkManifestParts(
  storage: Pick<ContentStorage, "statBlob" | "readManifest">,
  repository: string,
  manifest: Manifest | ImageIndex,
): Promise<void> {
  const { blobs, manifests } = partsOf(manifest);
  for (const child of manifests) {
    checkPart(repository, child, (await storage.readManifest(repository, child.digest))?.bytes.length);
  }
  for (const blob of blobs) checkPart(repository, blob, await storage.statBlob(repository, blob.digest));
}

function checkPart(repository: string, part: Descriptor, size: number | undefined): void {
  const sentence = `Cannot accept manifest in repository "${repository}"`;
  if (size === undefined) {
    throw new AirgapError(
      "MANIFEST_BLOB_UNKNOWN",
      `${sentence}: it names "${part.digest}", which is not there`,
    );
  }
  if (size !== part.size) {
    throw new AirgapError(
      "SIZE_INVALID",
      `${sentence}: it says that "${part.digest}" has ${part.size} bytes, which has ${size}`,
    );
  }
}
