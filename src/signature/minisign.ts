import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

/** A public key of minisign or signify, which write the same. */
export interface MinisignKey {
  /** Hex, as minisign shows it. */
  readonly id: string;
  readonly key: KeyObject;
}

const keySize = 42;
const signatureSize = 74;
/** What stands in front of an Ed25519 key in its DER form (RFC 8410). */
const derPrefix = Buffer.from("302a300506032b6570032100", "hex");
const maxTextSize = 8192;

/** Reads a public key: a comment, then a line of base64, or that line alone. Undefined for anything else. */
export function parseMinisignKey(text: string): MinisignKey | undefined {
  if (text.length > maxTextSize) return undefined;
  const [line = ""] = text
    .split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("untrusted comment:"));
  const bytes = Buffer.from(line, "base64");
  if (bytes.length !== keySize || bytes.toString("latin1", 0, 2) !== "Ed") return undefined;
  const der = Buffer.concat([derPrefix, bytes.subarray(10)]);
  return { id: idOf(bytes), key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

/** What came of a signature: good, by a key that is not among those given, or why it is none. */
export type MinisignOutcome =
  | { readonly kind: "good"; readonly id: string; readonly comment: string | undefined }
  | { readonly kind: "unknownKey"; readonly id: string }
  | { readonly kind: "bad"; readonly detail: string };

/**
 * Checks a signature of minisign (`ED` over the BLAKE2b-512 of the content, and the old `Ed` over the content itself), or of
 * signify, whose files end after the first signature. A comment counts as trusted only where it is signed as well.
 */
export function verifyMinisign(
  content: Uint8Array,
  signature: string,
  keys: readonly MinisignKey[],
): MinisignOutcome {
  const lines = signature.length > maxTextSize ? [] : signature.split(/\r?\n/);
  const bytes = Buffer.from(lines[1] ?? "", "base64");
  const algorithm = bytes.toString("latin1", 0, 2);
  if (
    !lines[0]?.startsWith("untrusted comment:") ||
    bytes.length !== signatureSize ||
    !/^E[dD]$/.test(algorithm)
  ) {
    return { kind: "bad", detail: "it is not in the form of minisign or signify" };
  }
  const id = idOf(bytes);
  const key = keys.find((candidate) => candidate.id === id)?.key;
  if (!key) return { kind: "unknownKey", id };
  const signed = algorithm === "ED" ? createHash("blake2b512").update(content).digest() : content;
  const own = bytes.subarray(10);
  if (!verify(null, signed, key, own)) return { kind: "bad", detail: "it was made for other content" };
  const comment = /^trusted comment: (.*)$/.exec(lines[2] ?? "")?.[1];
  if (comment === undefined) {
    return lines.slice(2).join("") === "" ? { kind: "good", id, comment } : malformed;
  }
  const covered = Buffer.concat([own, Buffer.from(comment)]);
  const isSigned = verify(null, covered, key, Buffer.from(lines[3] ?? "", "base64"));
  return isSigned
    ? { kind: "good", id, comment }
    : { kind: "bad", detail: "its trusted comment was changed" };
}

const malformed: MinisignOutcome = { kind: "bad", detail: "there is more in it than a signature" };

/** Key and signature have it behind their first two bytes, backwards. */
function idOf(bytes: Buffer): string {
  return bytes
    .subarray(2, 10)
    .toReversed()
    .reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "")
    .toUpperCase();
}
