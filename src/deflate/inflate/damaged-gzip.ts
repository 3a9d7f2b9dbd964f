import { AirgapError } from "../../oci/airgap-error.ts";

/** The error for a gzip stream that is not one, or that breaks off: `ARCHIVE_DAMAGED`, with the offset in the compressed stream. */
export function damagedGzip(offset: number, detail: string): AirgapError {
  return new AirgapError("ARCHIVE_DAMAGED", `Cannot inflate the gzip data at byte ${offset}: ${detail}`, {
    hint: "Copy or download the file again and compare its checksum with the publisher's",
  });
}
