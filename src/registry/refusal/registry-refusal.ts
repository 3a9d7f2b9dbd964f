import { AirgapError, type AirgapErrorOptions } from "../../oci/airgap-error.ts";
import type { ErrorCode } from "../../oci/error-code.ts";
import type { Refusal } from "./refusal.ts";

/** A registry's refusal as an error, with what it answered for those who can do something about it. */
export class RegistryRefusal extends AirgapError {
  readonly refusal: Refusal;

  constructor(code: ErrorCode, message: string, refusal: Refusal, options: AirgapErrorOptions) {
    super(code, message, options);
    this.refusal = refusal;
  }
}
