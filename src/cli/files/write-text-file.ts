import { describeFileError, isFullDisk } from "../../content/file-error.ts";
import type { Shown } from "../output/shown.ts";
import { writeFile } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";

/** Writes a file that an option named, whole or in pieces; throws `FILE_NOT_WRITABLE`. */
export async function writeTextFile(
  option: string,
  path: string,
  text: Shown | Iterable<Shown>,
): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new AirgapError(
      "FILE_NOT_WRITABLE",
      `Cannot write ${option} "${path}": ${describeFileError(cause)}`,
      { exit: isFullDisk(cause) ? "disk" : "cannotCreate", cause },
    );
  }
}
