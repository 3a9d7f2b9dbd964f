import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from "@sigstore/mock";
import { vi } from "vitest";
import type { Json } from "./layout-builder.ts";

/** A sigstore instance of the test's own: who it trusts, and how somebody signs with it. */
export interface MadeSigstore {
  /** Its `trusted_root.json`. */
  readonly root: string;
  /** Signs bytes under an identity: the parts of a bundle that prove it. */
  readonly sign: (content: Uint8Array, signer: MadeSigner) => Promise<MadeSignature>;
}

export interface MadeSigner {
  readonly identity: string;
  readonly issuer: string;
}

export interface MadeSignature {
  readonly signature: Buffer;
  readonly certificate: Buffer;
  /** As a bundle has it. */
  readonly material: (kind: "dsse" | "hashedrekord", signed: Uint8Array) => Promise<Json>;
  /** As cosign's annotations have it. */
  readonly annotations: (signed: Uint8Array) => Promise<Record<string, string>>;
}

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function makePair(): Pair {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** Makes one that proves times by a transparency log, or by a timestamp authority. */
export async function makeSigstore(timeBy: "log" | "authority" = "log"): Promise<MadeSigstore> {
  const ctlog = await initializeCTLog(makePair());
  const ca = await initializeCA(makePair(), ctlog);
  const tlog = await initializeTLog("https://log.site", makePair());
  const tsa = await initializeTSA(makePair());
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: timeBy === "log" ? [describeLog(tlog.publicKey)] : [],
    ctlogs: [describeLog(ctlog.publicKey)],
    certificateAuthorities: [describeAuthority([ca.rootCertificate])],
    timestampAuthorities:
      timeBy === "log" ? [] : [describeAuthority([tsa.intCertificate, tsa.rootCertificate])],
  };
  const prove = async (body: Json, signature: Buffer): Promise<Json> => {
    if (timeBy === "log") return { tlogEntries: [describeEntry(await logEntry(tlog, body), body)] };
    const signedTimestamp = (await timestamp(tsa, signature)).toString("base64");
    return { tlogEntries: [], timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp }] } };
  };
  return {
    root: JSON.stringify(root),
    async sign(content, { identity, issuer }) {
      const pair = makePair();
      const signature = sign("sha256", content, pair.privateKey);
      const issued = await ca.issueCertificate({
        publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
        subjectAltName: identity,
        extensions: [{ oid: "1.3.6.1.4.1.57264.1.8", value: issuer }],
      });
      const certificate = bytesOf(issued);
      const rawBytes = certificate.toString("base64");
      return {
        signature,
        certificate,
        material: async (kind, signed) => ({
          certificate: { rawBytes },
          ...(await prove(bodyOf(kind, signed, signature, certificate), signature)),
        }),
        async annotations(signed) {
          const body = bodyOf("hashedrekord", signed, signature, certificate);
          const entry = await logEntry(tlog, body);
          const { logID, logIndex, integratedTime } = entry;
          return {
            "dev.sigstore.cosign/certificate": pemOf(certificate),
            "dev.sigstore.cosign/bundle": JSON.stringify({
              SignedEntryTimestamp: entry.verification.signedEntryTimestamp,
              Payload: { body: entry.body, integratedTime, logIndex, logID },
            }),
          };
        },
      };
    },
  };
}

type Entry = Awaited<ReturnType<Awaited<ReturnType<typeof initializeTLog>>["log"]>>[string];

async function logEntry(tlog: Awaited<ReturnType<typeof initializeTLog>>, body: object): Promise<Entry> {
  const [entry] = Object.values(await tlog.log(body));
  if (!entry) throw new Error("the log gave no entry");
  return entry;
}

/** Of a whole second: of a fraction the verifying library reads three digits only, and RFC 3161 leaves zeros at its end out. */
async function timestamp(tsa: Awaited<ReturnType<typeof initializeTSA>>, signature: Buffer): Promise<Buffer> {
  const sha256OID = "2.16.840.1.101.3.4.2.1";
  const request = { artifactHash: sha256(signature), hashAlgorithmOID: sha256OID, nonce: 1, certReq: true };
  vi.useFakeTimers({ now: Math.floor(Date.now() / 1000) * 1000, toFake: ["Date"] });
  try {
    return bytesOf(await tsa.timestamp({ ...request, policyOID: "1.3.6.1.4.1.57264.2" }));
  } finally {
    vi.useRealTimers();
  }
}

function bodyOf(
  kind: string,
  signed: Uint8Array,
  signature: Buffer,
  certificate: Buffer,
): Json & { kind: string } {
  const value = sha256(signed).toString("hex");
  const content = signature.toString("base64");
  const verifier = Buffer.from(pemOf(certificate)).toString("base64");
  const spec =
    kind === "dsse"
      ? { payloadHash: { algorithm: "sha256", value }, signatures: [{ signature: content, verifier }] }
      : {
          data: { hash: { algorithm: "sha256", value } },
          signature: { content, publicKey: { content: verifier } },
        };
  return { apiVersion: "0.0.1", kind, spec };
}

function hexToBase64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function describeEntry(entry: Entry, { kind }: Json): Json {
  const { signedEntryTimestamp, inclusionProof } = entry.verification;
  const { checkpoint, hashes, rootHash, logIndex, treeSize } = inclusionProof;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: hexToBase64(entry.logID) },
    kindVersion: { kind, version: "0.0.1" },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(logIndex),
      treeSize: String(treeSize),
      rootHash: hexToBase64(rootHash),
      hashes: hashes.map(hexToBase64),
      checkpoint: { envelope: checkpoint },
    },
    canonicalizedBody: entry.body,
  };
}

function describeLog(key: ArrayBufferView): Json {
  const publicKey = bytesOf(key);
  return {
    baseUrl: "https://log.site",
    hashAlgorithm: "SHA2_256",
    logId: { keyId: sha256(publicKey).toString("base64") },
    publicKey: {
      rawBytes: publicKey.toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: { start: "2020-01-01T00:00:00Z" },
    },
  };
}

function describeAuthority(certificates: readonly ArrayBufferView[]): Json {
  return {
    subject: { organization: "site", commonName: "site" },
    uri: "https://ca.site",
    certChain: {
      certificates: certificates.map((each) => ({ rawBytes: bytesOf(each).toString("base64") })),
    },
    validFor: { start: "2020-01-01T00:00:00Z" },
  };
}

/** The library's types say no more of its bytes than that. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function pemOf(certificate: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`;
}
