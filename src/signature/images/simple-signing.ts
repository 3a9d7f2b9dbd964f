import { asObject, asOptionalString, asString, parseJson } from "../../oci/json.ts";
import type { SignatureClaim } from "./image-signature.ts";

/** The media type of a layer that is what cosign has signed. */
export const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";

/** The annotation that a signature is in, base64. */
export const signatureAnnotation = "dev.cosignproject.cosign/signature";

/** `{"critical":{"identity":...,"image":...,"type":...}}` (cosign, SIGNATURE_SPEC.md). Throws `JSON_INVALID`. */
export function readSimpleSigning(payload: Uint8Array): SignatureClaim {
  const what = "what is signed";
  const critical = asObject(asObject(parseJson(payload, { what }), what).get("critical"), "critical");
  // The same key may sign other kinds of documents, which are no signatures of images.
  if (critical.get("type") !== "cosign container image signature") return { digests: [] };
  const image = asObject(critical.get("image"), "image");
  const identity = asObject(critical.get("identity"), "identity");
  return {
    digests: [asString(image.get("docker-manifest-digest"), "docker-manifest-digest")],
    reference: asOptionalString(identity.get("docker-reference"), "docker-reference"),
  };
}
