import type { ImageSignature } from "./image-signature.ts";
import { isSignedBy, type SignatureKey } from "./public-key.ts";
import type { SignedContent } from "./signed-content.ts";

/** Who a signature is by, or why that is nobody who may, a clause. */
export type SignerOutcome = { readonly by: string } | { readonly why: string };

/** Somebody who may sign images. */
export interface Signer {
  readonly verify: (signature: ImageSignature, content: SignedContent) => SignerOutcome;
}

/** Whoever has the secret part of a key; `title` is what people call it, the name of its file. */
export function keySigner(title: string, key: SignatureKey): Signer {
  const by = `${title} (${key.algorithm}, ${key.fingerprint.slice(0, 12)})`;
  return {
    verify: (_, { signed, signature }) =>
      isSignedBy(key, signed, signature) ? { by } : { why: "it is by none of the keys, or it was changed" },
  };
}
