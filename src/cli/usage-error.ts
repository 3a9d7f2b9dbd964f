import { AirgapError } from "../oci/airgap-error.ts";

/** A command line that cannot be meant: exit 64. */
export function usageError(message: string, hint?: string): AirgapError {
  return new AirgapError("USAGE", message, { exit: "usage", ...(hint ? { hint } : {}) });
}
