import type { Store } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { openOciLayout } from "./oci-layout.ts";

/** Opens a folder that images go to; a dry run writes nothing, and has no store where there is no layout yet. */
export async function openLayoutStore(directory: string, dryRun: boolean): Promise<Store | undefined> {
  if (!dryRun) return openOciLayout(directory);
  try {
    return await openOciLayout(directory, { readOnly: true });
  } catch (error) {
    if (error instanceof AirgapError && error.code === "LAYOUT_INVALID") return undefined;
    throw error;
  }
}
