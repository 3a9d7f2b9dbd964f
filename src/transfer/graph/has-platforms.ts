import type { ContentReader } from "../../content/repository.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { isImageManifest } from "../../oci/manifest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { isIndexType } from "../../oci/media-type.ts";
import { fetchChild } from "./fetch-child.ts";

/** Whether something is an image, or lists any: a Helm chart, a signature or a policy is for no platform. */
export async function hasPlatforms(
  root: Manifest | ImageIndex,
  source: ContentReader,
  signal?: AbortSignal,
): Promise<boolean> {
  if (root.kind === "manifest") return isImageManifest(root);
  const children = root.manifests.filter((child) => !isAttestation(child));
  if (children.some(({ platform }) => platform !== undefined)) return true;
  for (const child of children) {
    if (isIndexType(child.mediaType)) return true;
    const manifest = await fetchChild(source, child, signal);
    if (manifest.kind === "index" || isImageManifest(manifest)) return true;
  }
  return children.length === 0;
}
