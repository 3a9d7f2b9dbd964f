import { AirgapError } from "../../oci/airgap-error.ts";

/** The error of a name and a password that a registry or its token server does not take. */
export function signInFailed(action: string): AirgapError {
  return new AirgapError("SIGN_IN_FAILED", `Cannot ${action}: the name or the password is wrong`, {
    exit: "denied",
    hint: "Sign in again. It was tried once and no more: many tries lock an account.",
  });
}
