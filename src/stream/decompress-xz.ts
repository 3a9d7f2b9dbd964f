import { ReadableStream } from "node:stream/web";
import xz from "xz-decompress";
import { AirgapError } from "../oci/airgap-error.ts";

/**
 * The library decodes one stream at a time in all: an archive inside another would wait for ever for the one around it, and so would
 * any other once a stream was left in its middle. Each has its own context, so that nothing speaks against several; who reads
 * how many is settled where archives are scanned.
 */
Object.assign(xz.XzReadableStream, {
  _contextMutex: { acquire: () => Promise.resolve(), release: () => undefined },
});

/** Result codes of xz-embedded (linux/xz.h), which xz-decompress gives in its messages. */
const reasons = new Map([
  [5, "what follows is not xz"],
  [7, "it is corrupt"],
  [8, "it is cut off"],
]);
const unsupported = new Map([
  [4, "its dictionary is larger than 64 MiB"],
  [6, "it uses a filter or a check other than crc32 and crc64"],
]);

/**
 * Decompresses xz: any number of streams, padding between them, checks verified. The chunks belong to the caller.
 * Throws `ARCHIVE_DAMAGED` for what is corrupt or cut off, `ARCHIVE_UNSUPPORTED`, and whatever the source throws.
 */
export async function* decompressXz(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sourceError: unknown;
  async function* watch(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      sourceError = error;
      throw error;
    }
  }
  try {
    yield* new xz.XzReadableStream(ReadableStream.from(watch()));
  } catch (cause) {
    if (cause === sourceError) throw cause;
    throw describeFailure(cause);
  }
}

function describeFailure(cause: unknown): AirgapError {
  const result = Number(/error code (\d+)$/.exec(String(cause))?.[1]);
  const detail = unsupported.get(result);
  if (detail === undefined) {
    const reason = reasons.get(result) ?? "it is corrupt or cut off";
    return new AirgapError("ARCHIVE_DAMAGED", `Cannot decompress xz: ${reason}`, { cause });
  }
  const hint = "Decompress it with the xz program: xz -dc FILE | airgap-load --arm64 -";
  return new AirgapError("ARCHIVE_UNSUPPORTED", `Cannot decompress xz: ${detail}`, { cause, hint });
}
