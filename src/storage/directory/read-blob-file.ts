import { AirgapError } from "../../oci/airgap-error.ts";
import type { LayoutFiles } from "../layout/layout-files.ts";
import type { ByteRange } from "../content-storage.ts";

/** The bytes of a blob's file. Throws `BLOB_UNKNOWN` where it is not there any more. */
export async function* readBlobFile(
  files: LayoutFiles,
  path: string,
  range?: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await files.open(path);
  if (!file) throw new AirgapError("BLOB_UNKNOWN", `Cannot read "${path}": it is not there`);
  // Not closed by the stream itself: it would stay open where the stream is never read.
  await using opened = file;
  yield* opened.createReadStream({
    ...range,
    highWaterMark: 1024 * 1024,
    autoClose: false,
  }) as AsyncIterable<Uint8Array>;
}
