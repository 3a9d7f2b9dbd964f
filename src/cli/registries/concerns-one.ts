import { type AirgapError, isReportable } from "../../oci/airgap-error.ts";
import type { ErrorCode } from "../../oci/error-code.ts";

/** Without a sign-in no image can be read or written. */
const signIn: ReadonlySet<ErrorCode> = new Set(["CREDENTIALS_MISSING", "SIGN_IN_FAILED"]);

/** Whether an error is one image's to tell: where a registry cannot be reached, or nobody is signed in, there is no more to tell. */
export function concernsOne(error: unknown, signal: AbortSignal): error is AirgapError {
  return isReportable(error, signal) && error.exit !== "unreachable" && !signIn.has(error.code);
}
