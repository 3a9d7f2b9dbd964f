import { AirgapError, asClause } from "../../oci/airgap-error.ts";
import { shortDigest, isDigest } from "../../oci/digest.ts";
import { type ImageSignature, type SignatureClaim, type SignedSubject } from "./image-signature.ts";
import type { Signer } from "./signer.ts";
import { signedContentOf } from "./signed-content.ts";

/** What came of one signature: by whom it is good, or why it is none, a clause. */
export type SignatureVerdict =
  | { readonly kind: "good"; readonly signer: string; readonly reference?: string | undefined }
  | { readonly kind: "bad"; readonly why: string };

/** Whether one of these signers has signed this very digest. What is signed is read once it is known who signed it. */
export function judgeSignature(
  signature: ImageSignature,
  subject: SignedSubject,
  signers: readonly Signer[],
): SignatureVerdict {
  const content = signedContentOf(signature, subject);
  const reasons: string[] = [];
  for (const signer of signers) {
    const outcome = signer.verify(signature, content);
    if ("by" in outcome) return judgeClaim(content.claim, subject, outcome.by);
    reasons.push(outcome.why);
  }
  return { kind: "bad", why: [...new Set(reasons)].join("; ") };
}

function judgeClaim(read: () => SignatureClaim, { digest }: SignedSubject, signer: string): SignatureVerdict {
  try {
    const { digests, reference } = read();
    if (digests.includes(digest)) return { kind: "good", signer, reference };
    const [other] = digests;
    if (other === undefined) {
      return { kind: "bad", why: `what ${signer} has signed is no signature of an image` };
    }
    const name = isDigest(other) ? shortDigest(other) : "no digest";
    return { kind: "bad", why: `it is for another image, ${name}, by ${signer}` };
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    return { kind: "bad", why: asClause(error) };
  }
}
