import { asArray, asObject, asOptionalString, parseJson } from "../../oci/json.ts";
import type { SignatureClaim } from "./image-signature.ts";

/** What an in-toto statement has as its predicate where it is cosign's signature of an image, and nothing else. */
const signPredicate = "https://sigstore.dev/cosign/sign/v1";

/**
 * The images that an in-toto statement signs: none where it attests something else of them, such as what is in them, which is
 * no approval. Throws `JSON_INVALID`.
 */
export function readSignStatement(payloadType: string, payload: Uint8Array): SignatureClaim {
  if (payloadType !== "application/vnd.in-toto+json") return { digests: [] };
  const what = "the signed statement";
  const statement = asObject(parseJson(payload, { what }), what);
  if (statement.get("predicateType") !== signPredicate) return { digests: [] };
  const digests = asArray(statement.get("subject"), "subject").flatMap((subject) => {
    const digest = asObject(asObject(subject, "subject").get("digest"), "digest");
    const hex = asOptionalString(digest.get("sha256"), "sha256");
    return hex === undefined ? [] : [`sha256:${hex}`];
  });
  return { digests };
}
