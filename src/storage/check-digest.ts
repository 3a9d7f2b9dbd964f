import type { Hash } from "node:crypto";
import { AirgapError } from "../oci/airgap-error.ts";
import { type Digest, digestAlgorithm } from "../oci/digest.ts";

/** Finishes a hash of content that was said to have this digest; throws `DIGEST_MISMATCH` where it has another. */
export function checkDigest(hash: Hash, expected: Digest): void {
  const actual = `${digestAlgorithm(expected)}:${hash.digest("hex")}`;
  if (actual === expected) return;
  throw new AirgapError(
    "DIGEST_MISMATCH",
    `Cannot accept content as "${expected}": its digest is "${actual}"`,
  );
}
