import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  isSignedBy,
  parseSignatureKey,
  type SignatureKey,
} from "../../../src/signature/images/public-key.ts";
import { makeKey, signBytes } from "../../helpers/archives/signed-layout.ts";

function parse(pem: string): SignatureKey {
  const key = parseSignatureKey(pem);
  if (typeof key === "string") throw new Error(key);
  return key;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

describe("a public key", () => {
  test.each(["P-256", "P-384", "ed25519", "rsa"] as const)("of kind %s tells its signatures", (kind) => {
    const key = makeKey(kind);
    const content = Buffer.from("content");
    const signature = signBytes(key, content);
    expect(isSignedBy(parse(key.pem), content, signature)).toBe(true);
    expect(isSignedBy(parse(key.pem), Buffer.from("Content"), signature)).toBe(false);
    expect(isSignedBy(parse(makeKey(kind).pem), content, signature)).toBe(false);
    for (const empty of [Buffer.alloc(0), Buffer.alloc(64), Buffer.alloc(signature.length)]) {
      expect(isSignedBy(parse(key.pem), content, empty)).toBe(false);
    }
  });

  test("P-384 signs with SHA-256 too, as cosign did before", () => {
    const key = makeKey("P-384");
    const signature = signBytes({ ...key, hash: "sha256" }, Buffer.from("x"));
    expect(isSignedBy(parse(key.pem), Buffer.from("x"), signature)).toBe(true);
  });

  test.each([
    ["P-256", "sha1"],
    ["P-256", "sha512"],
    ["rsa", "sha1"],
    ["rsa", "sha512"],
  ] as const)("%s does not take signatures over %s", (kind, hash) => {
    const key = makeKey(kind);
    const signature = signBytes({ ...key, hash }, Buffer.from("x"));
    expect(isSignedBy(parse(key.pem), Buffer.from("x"), signature)).toBe(false);
  });

  test.each([
    [
      "a secret key",
      () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      /secret key/,
    ],
    [
      "cosign's secret key",
      () =>
        "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAA==\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----",
      /secret key/,
    ],
    [
      "a certificate",
      () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      /not one public key/,
    ],
    ["two keys", () => makeKey().pem + makeKey().pem, /not one public key/],
    ["noise", () => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", /damaged/],
    [
      "a short RSA key",
      () => pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey),
      /RSA of 1024 bits/,
    ],
    [
      "another curve",
      () => pemOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey),
      /secp256k1/,
    ],
    ["DSA's kind", () => pemOf(generateKeyPairSync("x25519").publicKey), /x25519/],
  ])("%s is refused", (_, pem, why) => {
    expect(parseSignatureKey(pem())).toMatch(why);
  });
});
