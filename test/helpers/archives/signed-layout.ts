import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { blob, jsonBlob } from "./built-image.ts";
import type { Json, LayoutBuilder } from "./layout-builder.ts";

/** A key pair for the running test. */
export interface TestKey {
  readonly secret: KeyObject;
  readonly pem: string;
  readonly hash: string | null;
}

/** A pair of one of the kinds that cosign takes. */
export function makeKey(kind: "P-256" | "P-384" | "ed25519" | "rsa" = "P-256"): TestKey {
  const hash = { "P-256": "sha256", "P-384": "sha384", ed25519: null, rsa: "sha256" }[kind];
  const { publicKey, privateKey } = generatePair(kind);
  return { secret: privateKey, pem: publicKey.export({ type: "spki", format: "pem" }).toString(), hash };
}

function generatePair(kind: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === "ed25519") return generateKeyPairSync("ed25519");
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return generateKeyPairSync("ec", { namedCurve: kind });
}

/** A signature as the key makes it. */
export function signBytes({ secret, hash }: TestKey, content: Uint8Array): Buffer {
  return sign(hash, content, secret);
}

/** What cosign signs of an image. */
export function simpleSigning(
  digest: unknown,
  reference = "registry.example/team/app",
  more: Json = {},
): Buffer {
  const identity = { "docker-reference": reference };
  const image = { "docker-manifest-digest": digest };
  const critical = { identity, image, type: "cosign container image signature", ...more };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** Puts a payload and a signature of it beside an image, as cosign does: under a tag made of the image's digest. */
export function addSimple(
  layout: LayoutBuilder,
  subject: Json,
  payload: Buffer,
  signature: Buffer,
  more: Json = {},
): void {
  const annotations = { "dev.cosignproject.cosign/signature": signature.toString("base64"), ...more };
  const type = "application/vnd.dev.cosign.simplesigning.v1+json";
  const holder = layout.manifest(layout.config("", []), [layout.add(blob(payload), type, { annotations })]);
  layout.root(holder, `registry.example/team/app:${String(subject["digest"]).replace(":", "-")}.sig`);
}

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** Puts a bundle beside an image as a referrer. */
export function addBundle(
  layout: LayoutBuilder,
  subject: Json,
  content: Json,
  material: Json = { publicKey: { hint: "x" } },
): void {
  const bundle = { mediaType: bundleType, verificationMaterial: material, ...content };
  const config = layout.add(jsonBlob({}), "application/vnd.oci.empty.v1+json");
  const layers = [layout.add(jsonBlob(bundle), bundleType)];
  const { mediaType, digest, size } = subject;
  const more = { artifactType: bundleType, subject: { mediaType, digest, size } };
  layout.root(layout.manifest(config, layers, more));
}

/** An in-toto statement about digests. */
export function statement(digest: unknown, predicateType = "https://sigstore.dev/cosign/sign/v1"): Buffer {
  const subject = [{ digest: { sha256: String(digest).replace("sha256:", "") } }];
  return Buffer.from(JSON.stringify({ _type: "https://in-toto.io/Statement/v1", subject, predicateType }));
}

/** A DSSE envelope of a bundle. */
export function envelope(key: TestKey, payload: Buffer, payloadType = "application/vnd.in-toto+json"): Json {
  const head = Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `);
  const sig = signBytes(key, Buffer.concat([head, payload])).toString("base64");
  return { dsseEnvelope: { payload: payload.toString("base64"), payloadType, signatures: [{ sig }] } };
}
