import { AirgapError } from "../../oci/airgap-error.ts";

/** What other tools have written, or nothing where it cannot be read. */
export function tryParse<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
