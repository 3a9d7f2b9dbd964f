import type { Descriptor } from "./descriptor.ts";
import { type Digest, isDigest } from "./digest.ts";

/**
 * Whether an entry of an index is an attestation and no image: BuildKit lists those under the platform unknown/unknown
 * (docs/attestations/attestation-storage.md).
 */
export function isAttestation({
  annotations,
  platform,
}: Pick<Descriptor, "annotations" | "platform">): boolean {
  return annotations?.has("vnd.docker.reference.type") === true || platform?.architecture === "unknown";
}

/**
 * The image that an entry of an index attests, or undefined for what is no attestation. An attestation that does not say
 * of what is one of itself.
 */
export function attestationSubject(child: Descriptor): Digest | undefined {
  if (!isAttestation(child)) return undefined;
  const subject = child.annotations?.get("vnd.docker.reference.digest") ?? "";
  return isDigest(subject) ? subject : child.digest;
}
