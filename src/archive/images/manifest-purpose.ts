import { isAttestation } from "../../oci/attestation.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { isImageManifest } from "../../oci/manifest.ts";
import { printable } from "../../oci/printable.ts";
import { findBlob } from "../index/blob-entry.ts";
import type { OpenedArchive } from "./opened-archive.ts";

export type ManifestPurpose = "image" | "attestation" | "artifact";

/**
 * What a manifest describes. Policies and caches travel under the types of images, with a config that has no layers
 * (opa, nydus): they are artifacts. Throws what reading a config throws that is none at all.
 */
export async function findPurpose(
  archive: OpenedArchive,
  manifest: Manifest,
  descriptor: Descriptor,
): Promise<ManifestPurpose> {
  const purpose = purposeByType(manifest, descriptor);
  const entry = purpose === "image" ? findBlob(archive, manifest.config) : undefined;
  if (!entry || manifest.layers.length === 0) return purpose;
  try {
    const { diffIDs } = await archive.metadata.config(entry, descriptor.digest);
    return diffIDs.length === 0 ? "artifact" : "image";
  } catch (error) {
    if (error instanceof AirgapError && error.code === "CONFIG_INVALID") return "artifact";
    throw error;
  }
}

/** An attestation says so in its descriptor (BuildKit, attestation-storage.md). */
function purposeByType(manifest: Manifest, descriptor: Descriptor): ManifestPurpose {
  if (isAttestation(descriptor)) return "attestation";
  return isImageManifest(manifest) ? "image" : "artifact";
}

/** Whether a manifest is a signature, an attestation or the like of an image, which may have that one's name. */
export function isCompanion(manifest: Manifest | ImageIndex, { annotations }: Descriptor): boolean {
  const layers = manifest.kind === "manifest" ? manifest.layers : [];
  return (
    manifest.subject !== undefined ||
    /^dev\.hauler\/(?:sigs|atts|sboms|referrers)/.test(annotations?.get("kind") ?? "") ||
    layers.some(({ mediaType }) => /^application\/vnd\.(?:dev\.cosign|dsse)\./.test(mediaType))
  );
}

/** Why something of that type cannot be used, a clause. */
export function describeUnknown(mediaType: string): string {
  if (mediaType.startsWith("application/vnd.docker.distribution.manifest.v1")) {
    return "it is of schema 1, which registries no longer take: pull it by a current docker and save it again";
  }
  if (mediaType === "application/vnd.oci.artifact.manifest.v1+json") {
    return "it is an artifact manifest, which OCI 1.1 has dropped: attach it again with a current program";
  }
  return `it is of an unknown type, "${printable(mediaType)}"`;
}
