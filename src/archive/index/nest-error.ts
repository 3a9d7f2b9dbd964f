import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";

/**
 * A failure to read content, told with where it was met: `Cannot read archive "a.tar": cannot read tar header at byte 512:
 * its checksum is wrong`. Failures that say where they belong by themselves stay as they are. A `hint` takes the place of theirs.
 */
export function nestError(error: unknown, where: string, hint?: string): unknown {
  if (!(error instanceof AirgapError) || error.exit !== "content") return error;
  const message = error.message.replace(/^Cannot read archive: /, "").replace(/^Cannot/, "cannot");
  const advice = hint ?? error.hint;
  return new AirgapError(error.code, `${where}: ${message}`, {
    ...(advice === undefined ? {} : { hint: advice }),
    cause: error.cause ?? error,
  });
}

/** For {@link nestError}. */
export function inArchive(title: string): string {
  return `Cannot read archive "${printable(title)}"`;
}
