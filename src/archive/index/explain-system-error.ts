import { describeFileError } from "../../content/file-error.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { inArchive } from "./nest-error.ts";

/** An error of the operating system on the way to an archive, as one that says what to do; any other as it is. */
export function explainSystemError(error: unknown, title: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  return new AirgapError(
    "ARCHIVE_UNREADABLE",
    `${inArchive(title)}: ${printable(describeFileError(error))}`,
    {
      exit: "noInput",
      hint: "Check the path, its permissions, and that nothing moves the file while it is loaded.",
      cause: error,
    },
  );
}
