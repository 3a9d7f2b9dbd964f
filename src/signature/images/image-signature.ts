import type { Bundle } from "@sigstore/bundle";
import type { Digest } from "../../oci/digest.ts";

/** What is signed: an image's manifest, or a list. */
export interface SignedSubject {
  readonly digest: Digest;
  /** The manifest itself. */
  readonly bytes: Uint8Array;
}

/** Something that says that it signs an image, in the two forms in which cosign writes it. */
export type ImageSignature =
  | {
      readonly form: "simple signing";
      /** Of the manifest that it is in. */
      readonly holder: Digest;
      /** The bytes that are signed: which image they name is their own claim. */
      readonly payload: Uint8Array;
      /** `dev.sigstore.cosign/...` and `dev.cosignproject.cosign/...`. */
      readonly annotations: ReadonlyMap<string, string>;
    }
  | { readonly form: "sigstore bundle"; readonly holder: Digest; readonly bundle: Bundle };

/** What somebody has signed; to be believed once it is known who. */
export interface SignatureClaim {
  readonly digests: readonly string[];
  /** The name that the image had when it was signed: `registry.example.com/app`. */
  readonly reference?: string | undefined;
}

/** Whether a layer is a bundle, by its media type: of any version. */
export function isBundleType(mediaType: string): boolean {
  return /^application\/vnd\.dev\.sigstore\.bundle\b/.test(mediaType);
}
