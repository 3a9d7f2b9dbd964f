import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";

/**
 * The image that an entry of an index attests, or undefined for what is no attestation: those are listed under the platform
 * unknown/unknown (BuildKit, docs/attestations/attestation-storage.md). An attestation that does not say of what is one of itself.
 */
export function attestationSubject({ annotations, platform, digest }: Descriptor): Digest | undefined {
  const isAttestation = annotations?.has("vnd.docker.reference.type") || platform?.architecture === "unknown";
  if (!isAttestation) return undefined;
  const subject = annotations?.get("vnd.docker.reference.digest") ?? "";
  return isDigest(subject) ? subject : digest;
}
