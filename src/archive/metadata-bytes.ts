import { AirgapError } from "../oci/airgap-error.ts";
import { printable } from "../oci/printable.ts";
import type { FileEntry } from "./archive-index.ts";

/** The content of an entry that is read as metadata; throws `ARCHIVE_INVALID` where the scan found it too large to keep. */
export function metadataBytes(entry: FileEntry): Uint8Array {
  if (entry.bytes) return entry.bytes;
  throw new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read "${printable(entry.name)}": ${entry.size} bytes are too much for a manifest or a config`,
  );
}
