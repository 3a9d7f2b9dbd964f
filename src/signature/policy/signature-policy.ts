import type { Reference } from "../../oci/reference.ts";
import type { Signer } from "../images/signer.ts";

/** Tells why the name that was signed does not fit the name of the image, a clause, or nothing where it does. */
export type IdentityRule = (signed: string | undefined, name: Reference | undefined) => string | undefined;

/** What must hold of an image. */
export type Requirement =
  | { readonly kind: "accept" }
  | { readonly kind: "reject"; readonly why: string }
  /** One of these must have signed it. */
  | { readonly kind: "signed"; readonly signers: readonly Signer[]; readonly identity?: IdentityRule };

/** What must hold of images, by their names, as far as they have any; all that is required of one must hold. */
export interface SignaturePolicy {
  readonly requirementsOf: (name: Reference | undefined) => readonly Requirement[];
}

/** Every image must be signed by one of these. */
export function requireSigners(signers: readonly Signer[]): SignaturePolicy {
  return { requirementsOf: () => [{ kind: "signed", signers }] };
}

/** All that any of these policies requires. */
export function joinPolicies(policies: readonly SignaturePolicy[]): SignaturePolicy {
  return { requirementsOf: (name) => policies.flatMap((policy) => policy.requirementsOf(name)) };
}
