import { dsse } from "@sigstore/core";
import { type ImageSignature, type SignatureClaim, type SignedSubject } from "./image-signature.ts";
import { readSignStatement } from "./sign-statement.ts";
import { readSimpleSigning, signatureAnnotation } from "./simple-signing.ts";

/** The bytes that a signature is over, the signature itself, and what those bytes say. */
export interface SignedContent {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** Throws `JSON_INVALID`. */
  readonly claim: () => SignatureClaim;
}

/** Takes a signature apart; a message signature is over the manifest itself, whose digest is no claim then. */
export function signedContentOf(given: ImageSignature, subject: SignedSubject): SignedContent {
  if (given.form === "simple signing") {
    return {
      signed: given.payload,
      signature: Buffer.from(given.annotations.get(signatureAnnotation) ?? "", "base64"),
      claim: () => readSimpleSigning(given.payload),
    };
  }
  const { content } = given.bundle;
  if (content.$case === "messageSignature") {
    return {
      signed: subject.bytes,
      signature: content.messageSignature.signature,
      claim: () => ({ digests: [subject.digest] }),
    };
  }
  const { payload, payloadType, signatures } = content.dsseEnvelope;
  return {
    signed: dsse.preAuthEncoding(payloadType, payload),
    signature: signatures[0]?.sig ?? new Uint8Array(),
    claim: () => readSignStatement(payloadType, payload),
  };
}
