import { AirgapError } from "../../oci/airgap-error.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";

/** In docker's words, which scripts look for, and with its exit code. */
export function noSuchManifest(reference: Reference, cause?: unknown): AirgapError {
  return new AirgapError("NO_SUCH_MANIFEST", `no such manifest: ${formatReference(reference)}`, {
    exit: "partial",
    cause,
  });
}

/** The same for a list that was not begun. */
export function noSuchList(list: Reference): AirgapError {
  return new AirgapError("NO_SUCH_MANIFEST", `No such manifest: ${formatReference(list)}`, {
    exit: "partial",
  });
}

/** The same for an image that a list does not have. */
export function notInList(image: Reference, list: Reference): AirgapError {
  const text = `manifest for image ${formatReference(image)} does not exist in ${formatReference(list)}`;
  return new AirgapError("NOT_IN_LIST", text, { exit: "partial" });
}

/** The same for a list that was begun before. */
export function refuseToAmend(list: Reference): AirgapError {
  const text = "refusing to amend an existing manifest list with no --amend flag";
  return new AirgapError("LIST_BEGUN", text, {
    exit: "partial",
    hint: `Give --amend to go on with it, or start over: airgap-load manifest rm ${formatReference(list)}`,
  });
}
