import { AirgapError, type ErrorText } from "../oci/airgap-error.ts";

/** A command line that cannot be meant: exit 64. */
export function usageError(message: string, hint?: ErrorText): AirgapError {
  return new AirgapError("USAGE", message, { exit: "usage", ...(hint ? { hint } : {}) });
}
