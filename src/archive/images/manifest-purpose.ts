import { isAttestation } from "../../oci/attestation.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-type.ts";

export type ManifestPurpose = "image" | "attestation" | "artifact";

const configTypes: readonly string[] = [mediaTypes.oci.config, mediaTypes.docker.config, ""];
const layerTypes = /^(?:application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\..*)?$/;

/**
 * What a manifest describes. Signatures and attestations have the config type of images, so it takes the layers' types to
 * tell (cosign, SPEC.md); an attestation says so in its descriptor (BuildKit, attestation-storage.md).
 */
export function purposeOf(manifest: Manifest, descriptor: Descriptor): ManifestPurpose {
  if (isAttestation(descriptor)) return "attestation";
  const isImage =
    manifest.artifactType === undefined &&
    configTypes.includes(manifest.config.mediaType) &&
    manifest.layers.every((layer) => layerTypes.test(layer.mediaType));
  return isImage ? "image" : "artifact";
}
