import { AirgapError } from "../../src/oci/airgap-error.ts";

/** The code of what the work throws for an operator, or undefined where it goes well; anything else thrown comes through. */
export function errorCode(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof AirgapError) return error.code;
    throw error;
  }
}
