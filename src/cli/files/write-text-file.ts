import type { Shown } from "../output/shown.ts";
import { writeFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isFileError } from "../../content/file-error.ts";

/** Writes a file that an option named; throws `FILE_NOT_WRITABLE`. */
export async function writeTextFile(option: string, path: string, text: Shown): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new AirgapError(
      "FILE_NOT_WRITABLE",
      `Cannot write ${option} "${path}": ${cause instanceof Error ? cause.message : String(cause)}`,
      { exit: isFullDisk(cause) ? "disk" : "cannotCreate", cause },
    );
  }
}

/** A disk that is full, or a quota that is used up, is no matter of paths and permissions. */
function isFullDisk(cause: unknown): boolean {
  return isFileError(cause, "ENOSPC", "EDQUOT");
}
