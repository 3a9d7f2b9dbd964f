import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { ed25519ph } from "@noble/curves/ed25519.js";

/** Kinds of keys that are accepted. */
export type KeyAlgorithm = "ECDSA P-256" | "ECDSA P-384" | "Ed25519" | "RSA";

/** A key that images may be signed with. */
export interface SignatureKey {
  readonly algorithm: KeyAlgorithm;
  readonly key: KeyObject;
  /** Hex sha256 of its DER form, which tells one key from another. */
  readonly fingerprint: string;
}

type Check = (content: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean;

/**
 * What signs with a key of each kind. The key alone decides: what a signature says of its algorithm is its maker's claim, and
 * is not read. P-384 goes with SHA-384 in current cosign and went with SHA-256 before 2.5; Ed25519 likewise is prehashed now
 * (RFC 8032, 5.1), which Node does not know.
 */
const algorithms: Readonly<Record<KeyAlgorithm, Check>> = {
  "ECDSA P-256": hashedWith("sha256"),
  "ECDSA P-384": anyOf(hashedWith("sha384"), hashedWith("sha256")),
  Ed25519: anyOf(hashedWith(null), prehashed),
  RSA: hashedWith("sha256"),
};

/** Below that a key is no proof any more (NIST SP 800-131A). */
const minRsaBits = 2048;

/** Reads a public key in its PEM form; gives what is wrong with anything else, a clause. */
export function parseSignatureKey(pem: string): SignatureKey | string {
  if (/PRIVATE KEY-----/.test(pem)) return "it is a secret key, which has no place here: give the public one";
  if (!/^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]+-----END (?:RSA )?PUBLIC KEY-----\s*$/.test(pem)) {
    return "it is not one public key in PEM form";
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return "it is damaged, or of a kind that is unknown here";
  }
  const algorithm = algorithmOf(key);
  if (!(algorithm in algorithms)) {
    return `its kind, ${algorithm}, is not accepted: want ECDSA P-256 or P-384, Ed25519, or RSA of ${minRsaBits} bits or more`;
  }
  const der = key.export({ type: "spki", format: "der" });
  const fingerprint = createHash("sha256").update(der).digest("hex");
  return { algorithm: algorithm as KeyAlgorithm, key, fingerprint };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ed25519") return "Ed25519";
  if (asymmetricKeyType === "rsa") return modulusLength < minRsaBits ? `RSA of ${modulusLength} bits` : "RSA";
  if (namedCurve === "prime256v1") return "ECDSA P-256";
  return namedCurve === "secp384r1" ? "ECDSA P-384" : `${asymmetricKeyType} ${namedCurve ?? ""}`.trim();
}

/** Whether a signature over these bytes is by this key. */
export function isSignedBy(
  { algorithm, key }: SignatureKey,
  content: Uint8Array,
  signature: Uint8Array,
): boolean {
  return algorithms[algorithm](content, key, signature);
}

function hashedWith(hash: string | null): Check {
  return (content, key, signature) => verify(hash, content, key, signature);
}

function anyOf(...checks: readonly Check[]): Check {
  return (...given) => checks.some((check) => check(...given));
}

function prehashed(content: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const raw = Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
  return signature.length === 64 && ed25519ph.verify(signature, content, raw, { zip215: false });
}
