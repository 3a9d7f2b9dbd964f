import { AirgapError } from "../../oci/airgap-error.ts";

/**
 * What is read, or undefined where the registry does not let it be read: a policy of Harbor's that wants signatures or scans
 * hides what was just pushed. For whoever can do without the answer.
 */
export async function unlessHidden<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AirgapError && error.code === "NOT_VERIFIABLE") return undefined;
    throw error;
  }
}
