import { open } from "node:fs/promises";
import type { Checkpoint } from "../inflate/checkpoint.ts";
import { damagedGzip } from "../inflate/damaged-gzip.ts";
import { GzipSplicer } from "./gzip-splicer.ts";

const bufferSize = 256 * 1024;

/**
 * Gives `size` uncompressed bytes of the gzip file at `path`, from a checkpoint on, reading nothing before it.
 * The chunks belong to the caller. Throws `ARCHIVE_DAMAGED`, also where the bytes end early, and the signal's reason.
 */
export async function* inflateFrom(
  path: string,
  checkpoint: Checkpoint,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const splicer = new GzipSplicer({ checkpoint });
  const buffer = new Uint8Array(bufferSize);
  let offset = Math.floor(checkpoint.bitOffset / 8);
  const file = await open(path);
  try {
    while (splicer.position < size) {
      const bytes = splicer.read(size - splicer.position);
      if (bytes === "end") {
        throw damagedGzip(offset, `it ends ${size - splicer.position} uncompressed bytes early`);
      }
      if (bytes === "input") {
        signal?.throwIfAborted();
        const { bytesRead } = await file.read(buffer, 0, bufferSize, offset);
        offset += bytesRead;
        feedOrEnd(splicer, buffer.subarray(0, bytesRead));
      } else {
        yield bytes.slice();
      }
    }
  } finally {
    await file.close();
  }
}

function feedOrEnd(splicer: GzipSplicer, bytes: Uint8Array): void {
  if (bytes.length === 0) {
    splicer.end();
  } else {
    splicer.feed(bytes);
  }
}
