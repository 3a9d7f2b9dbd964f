import { type Digest, digestAlgorithm, digestHex, sha256Digest } from "./digest.ts";

/** What cosign puts beside an image, under a tag made of its digest (cosign, signature specification). */
export const cosignSuffixes = ["sig", "att", "sbom"] as const;

export type CosignSuffix = (typeof cosignSuffixes)[number];

/** The tag of what cosign says of a digest: `sha256-<hex>.sig`. */
export function cosignTag(subject: Digest, suffix: CosignSuffix): string {
  return `sha256-${digestHex(subject)}.${suffix}`;
}

/** The digest that such a tag speaks of, or undefined for any other tag. */
export function cosignSubject(tag: string): Digest | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})\.(?:sig|att|sbom)$/.exec(tag) ?? [];
  return hex === undefined ? undefined : sha256Digest(hex);
}

/** The tag under which clients list what refers to a digest, where a registry does not (distribution-spec, referrers tag schema). */
export function referrersTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
}

/** Whether a tag is such a one. */
export function isReferrersTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}$/.test(tag);
}

/**
 * The key of the digest that a tag speaks of, be it cosign's, another client's (`sha256-<hex>.<what>`) or a list of referrers, or
 * undefined for any other tag.
 */
export function subjectKey(tag: string): string | undefined {
  return /^(sha(?:256|512)-[0-9a-f]{64})(?:[.-].*)?$/.exec(tag)?.[1];
}
