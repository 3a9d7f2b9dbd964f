import { type Digest, digestAlgorithm, digestHex } from "./digest.ts";

/** The tag under which clients list what refers to a digest, where a registry does not (distribution-spec, referrers tag schema). */
export function referrersTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
}
