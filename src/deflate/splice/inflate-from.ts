import type { Checkpoint } from "../inflate/checkpoint.ts";
import { damagedGzip } from "../inflate/damaged-gzip.ts";
import { feedFrom, type GzipSource, openSource, readSize } from "./gzip-source.ts";
import { GzipSplicer } from "./gzip-splicer.ts";

/**
 * Gives `size` uncompressed bytes of a gzip stream, from a checkpoint on, reading nothing before it.
 * The chunks belong to the caller. Throws `ARCHIVE_DAMAGED`, also where the bytes end early, and the signal's reason.
 */
export async function* inflateFrom(
  source: GzipSource,
  checkpoint: Checkpoint,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const splicer = new GzipSplicer({ checkpoint });
  const buffer = new Uint8Array(readSize);
  let offset = Math.floor(checkpoint.bitOffset / 8);
  const stream = await openSource(source);
  try {
    while (splicer.position < size) {
      const bytes = splicer.read(size - splicer.position);
      if (bytes === "end") {
        throw damagedGzip(offset, `it ends ${size - splicer.position} uncompressed bytes early`);
      }
      if (bytes === "input") {
        signal?.throwIfAborted();
        offset += await feedFrom(splicer, stream, buffer, offset);
      } else {
        yield bytes.slice();
      }
    }
  } finally {
    await stream.close();
  }
}
