import { type Digest, shortDigest } from "../../oci/digest.ts";

/** A whole digest fits no terminal; JSON, `--output digests` and reports have it. */
export type DigestForm = "short" | "whole";

export function digestsFor({ isTTY }: { readonly isTTY?: boolean }): DigestForm {
  return isTTY ? "short" : "whole";
}

export function formatDigest(digest: Digest | undefined, form: DigestForm): string | undefined {
  return digest && form === "short" ? shortDigest(digest) : digest;
}
