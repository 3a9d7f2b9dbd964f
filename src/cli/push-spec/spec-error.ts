import { AirgapError } from "../../oci/airgap-error.ts";

/** A description of lists that cannot be meant. */
export function specError(detail: string, cause?: unknown): AirgapError {
  return new AirgapError("SPEC_INVALID", `Cannot read the description of a list: ${detail}`, {
    exit: "usage",
    hint: "It has image, tags and manifests, of which each has image and platform: airgap-load push-spec --help shows one.",
    cause,
  });
}
