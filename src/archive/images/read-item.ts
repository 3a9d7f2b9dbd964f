import type { SourceFault } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { ErrorCode } from "../../oci/error-code.ts";
import { printable } from "../../oci/printable.ts";
import { nestError } from "../index/nest-error.ts";
import { breathe } from "../../content/turns.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** Bytes that are not what was promised. */
const damage: readonly ErrorCode[] = ["ARCHIVE_DAMAGED", "DIFFID_MISMATCH", "DIGEST_MISMATCH"];

/**
 * Reads one item of an archive: what is wrong with it becomes a fault of its own, and the others are read on. Undefined for
 * an item that cannot be used.
 */
export async function readItem<T>(
  archive: OpenedArchive,
  item: Pick<SourceFault, "names" | "digest">,
  read: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    await breathe(archive.signal);
    return await read();
  } catch (error) {
    if (!(error instanceof AirgapError) || error.exit !== "content" || error.code === "ARCHIVE_CHANGED") {
      throw error;
    }
    archive.faults.push({
      ...item,
      error: nameItem(error, item.names),
      isDamage: damage.includes(error.code),
    });
    return undefined;
  }
}

/** Some readers know a blob's path or digest only, which tells nobody what is missing. */
function nameItem(error: AirgapError, [name]: readonly string[]): AirgapError {
  if (name === undefined || /image "(?!sha256:)/.test(error.message)) return error;
  return nestError(error, `Cannot read image "${printable(name)}"`) as AirgapError;
}
