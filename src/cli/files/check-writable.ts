import { describeFileError } from "../../content/file-error.ts";
import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";

/**
 * Finds out, without touching it, whether a file that an option names can be written later. Throws `FILE_NOT_WRITABLE`.
 * Nothing is named, nothing is checked.
 */
export async function checkWritable(option: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new Error("it is a folder");
    await access(found ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    const detail = describeFileError(cause);
    throw new AirgapError("FILE_NOT_WRITABLE", `Cannot write ${option} "${path}": ${detail}`, {
      exit: "cannotCreate",
      hint: "Nothing was loaded. Check path and permissions.",
      cause,
    });
  }
}
