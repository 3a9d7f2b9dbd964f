import { describeFileError, isFullDisk } from "../../content/file-error.ts";
import { AirgapError } from "../../oci/airgap-error.ts";

/** `FILE_NOT_WRITABLE`, with the exit code of a full disk where that is why; `action` is what cannot be done: `Cannot write "a"`. */
export function notWritable(action: string, cause: unknown): AirgapError {
  return new AirgapError("FILE_NOT_WRITABLE", `${action}: ${describeFileError(cause)}`, {
    exit: isFullDisk(cause) ? "disk" : "cannotCreate",
    cause,
  });
}
