import { createHash } from "node:crypto";
import { AirgapError } from "./airgap-error.ts";
import { printable } from "./printable.ts";

/** `sha256:<64 hex>` or `sha512:<128 hex>`; made only by {@link parseDigest} and by hashing (image-spec, descriptor.md#digests). */
export type Digest = string & { readonly __digest: unique symbol };

const grammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Narrows text to a digest that is safe in a URL and a path; throws `DIGEST_INVALID`. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new AirgapError(
      "DIGEST_INVALID",
      `Cannot read digest "${printable(text)}": want sha256:<64 hex digits>`,
    );
  }
  return text;
}

/** What is fed with bytes and gives their SHA-256: Node's own hash, or one in another thread. */
export interface Sha256 {
  update(bytes: Uint8Array): Sha256;
  digest(encoding: "hex"): string;
}

/** Begins a hash of some `size` bytes. */
export type MakeSha256 = (size: number) => Sha256;

export const makeSha256: MakeSha256 = () => createHash("sha256");

export function isDigest(text: string): text is Digest {
  return grammar.test(text);
}

/** The sha256 digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}

/** The digest with this sha256 in hex, as an archive's entry name gives it. */
export function sha256Digest(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

export function digestAlgorithm(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The part behind the colon. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The first twelve hex digits, for people. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}
