import type { Bundle } from "@sigstore/bundle";
import { toSignedEntity, type Verifier } from "@sigstore/verify";
import type { ImageSignature } from "./image-signature.ts";
import { bundleOf } from "./simple-bundle.ts";
import type { SignedContent } from "./signed-content.ts";
import type { Signer, SignerOutcome } from "./signer.ts";

/** Whom a certificate must be for, and who must have vouched for that. */
export interface CertificateRules {
  /** The subject's alternative name: an address, or a workflow. */
  readonly identity: (identity: string) => boolean;
  readonly issuer: (issuer: string) => boolean;
}

/** Whoever had a certificate of a trusted root for such an identity when it was signed. Nothing is asked of any network. */
export function keylessSigner(root: Verifier, rules: CertificateRules): Signer {
  return {
    verify(signature: ImageSignature, { signed }: SignedContent): SignerOutcome {
      const bundle = signature.form === "sigstore bundle" ? signature.bundle : bundleOf(signature);
      if (typeof bundle === "string") return { why: bundle };
      if (bundle.verificationMaterial.content.$case === "publicKey") return { why: "it has no certificate" };
      return verifyBundle(root, bundle, signed, rules);
    },
  };
}

function verifyBundle(
  root: Verifier,
  bundle: Bundle,
  signed: Uint8Array,
  { identity, issuer }: CertificateRules,
): SignerOutcome {
  try {
    const signer = root.verify(toSignedEntity(bundle, Buffer.from(signed)));
    const { subjectAlternativeName: name = "", extensions } = signer.identity ?? {};
    const by = `${name || "nobody"} (vouched for by ${extensions?.issuer ?? "nobody"})`;
    return identity(name) && issuer(extensions?.issuer ?? "") ? { by } : { why: `it is by ${by}` };
  } catch (error) {
    // What the library cannot parse ends in errors of any class.
    const detail = error instanceof Error ? error.message : "it is malformed";
    return { why: `its certificate does not prove it: ${detail}` };
  }
}
