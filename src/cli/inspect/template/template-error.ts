import { AirgapError } from "../../../oci/airgap-error.ts";
import { printable } from "../../../oci/printable.ts";

/** A template that is wrong, or that uses more of Go's templates than is understood here. */
export function templateError(detail: string): AirgapError {
  return new AirgapError("TEMPLATE_INVALID", `Cannot use --format: ${printable(detail)}`, {
    exit: "usage",
    hint: "Fields, json, index, len, eq, ne, print, println, range and if are understood; for more, pipe {{json .}} into jq.",
  });
}
