import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import gunzipMaybe from "gunzip-maybe";
import { AirgapError } from "../oci/airgap-error.ts";

/** Layers of compression that are taken off, one in another. */
const maxDepth = 2;

/**
 * Takes gzip and zlib compression off, one in another or none at all, by looking: for what is met inside a compressed file
 * and off the hot path (decision 21). The chunks belong to the caller. Throws `ARCHIVE_DAMAGED` for what is corrupt, cut
 * off or nested deeper than two, and whatever the source throws.
 */
export async function* decompress(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const output = new PassThrough();
  const flow = pipeline(Readable.from(chunks, { objectMode: false }), gunzipMaybe(maxDepth), output);
  flow.catch(() => undefined);
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
    await flow;
  } catch (cause) {
    throw isZlibError(cause) ? describeDamage(cause) : cause;
  }
}

function isZlibError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (String(Reflect.get(error, "code")).startsWith("Z_") || tooDeep.test(error.message))
  );
}

const tooDeep = /^Maximum recursion reached$/;

function describeDamage(cause: Error): AirgapError {
  const detail = tooDeep.test(cause.message)
    ? `it is compressed more than ${maxDepth} times over`
    : cause.message;
  return new AirgapError("ARCHIVE_DAMAGED", `Cannot decompress gzip: ${detail}`, { cause });
}
