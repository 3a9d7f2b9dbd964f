import { createHash, X509Certificate } from "node:crypto";
import { type Bundle } from "@sigstore/bundle";
import { AirgapError, asClause } from "../../oci/airgap-error.ts";
import { asObject, asOptionalString, asSize, asString, type JsonObject, parseJson } from "../../oci/json.ts";
import type { ImageSignature } from "./image-signature.ts";
import { signatureAnnotation } from "./simple-signing.ts";
import { parseBundle } from "./sigstore-bundle.ts";

type SimpleSignature = Extract<ImageSignature, { form: "simple signing" }>;

/**
 * The bundle that a signature in cosign's older form amounts to: certificate, log entry and timestamp are in its annotations.
 * Gives why it is none, a clause.
 */
export function bundleOf({ payload, annotations }: SimpleSignature): Bundle | string {
  const pem = annotations.get("dev.sigstore.cosign/certificate");
  if (pem === undefined) return "it has no certificate";
  try {
    const rawBytes = new X509Certificate(pem).raw.toString("base64");
    const digest = createHash("sha256").update(payload).digest("base64");
    const bundle = {
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes }] },
        tlogEntries: readLogEntry(annotations.get("dev.sigstore.cosign/bundle")),
        timestampVerificationData: {
          rfc3161Timestamps: readTimestamp(annotations.get("dev.sigstore.cosign/rfc3161timestamp")),
        },
      },
      messageSignature: {
        messageDigest: { algorithm: "SHA2_256", digest },
        signature: annotations.get(signatureAnnotation),
      },
    };
    return parseBundle(Buffer.from(JSON.stringify(bundle)));
  } catch (error) {
    const detail = error instanceof AirgapError ? asClause(error) : "its certificate is damaged";
    return `what cosign has put beside it cannot be used: ${detail}`;
  }
}

function parse(text: string, what: string): JsonObject {
  return asObject(parseJson(Buffer.from(text), { what }), what);
}

/** `{"SignedEntryTimestamp":...,"Payload":{"body":...}}` (cosign, bundle.go). */
function readLogEntry(text: string | undefined): object[] {
  if (text === undefined) return [];
  const entry = parse(text, "the log entry");
  const payload = asObject(entry.get("Payload"), "Payload");
  const body = asString(payload.get("body"), "body");
  const logged = parse(Buffer.from(body, "base64").toString(), "what was logged");
  return [
    {
      logIndex: String(asSize(payload.get("logIndex"), "logIndex")),
      logId: { keyId: Buffer.from(asString(payload.get("logID"), "logID"), "hex").toString("base64") },
      kindVersion: {
        kind: asString(logged.get("kind"), "kind"),
        version: asString(logged.get("apiVersion"), "apiVersion"),
      },
      integratedTime: String(asSize(payload.get("integratedTime"), "integratedTime")),
      inclusionPromise: { signedEntryTimestamp: asString(entry.get("SignedEntryTimestamp"), "its promise") },
      canonicalizedBody: body,
    },
  ];
}

function readTimestamp(text: string | undefined): object[] {
  if (text === undefined) return [];
  const signedTimestamp = asOptionalString(
    parse(text, "the timestamp").get("SignedRFC3161Timestamp"),
    "the timestamp",
  );
  return signedTimestamp === undefined ? [] : [{ signedTimestamp }];
}
