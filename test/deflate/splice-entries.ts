import type { SplicedBlob } from "../../src/deflate/splice/blob-writer.ts";
import type { Checkpoint } from "../../src/deflate/inflate/checkpoint.ts";
import { GzipSplicer } from "../../src/deflate/splice/gzip-splicer.ts";

/** What a splicer made of one entry of an archive. */
export interface SplicedEntry {
  readonly checkpoint: Checkpoint;
  readonly content: Buffer;
  readonly blob: SplicedBlob;
  readonly bytes: Buffer;
}

export interface Reading {
  /** Size of the chunks that the compressed bytes come in. */
  readonly chunkSize: number;
  /** How much is asked for at most at a time. */
  readonly limit: number;
}

/** Bytes between entries, as a tar has them. */
export const gap = 512;

/**
 * Cuts entries of these sizes out of a gzip stream that holds each one behind a gap, and reads on to the end of the stream.
 * What was cut is in `entries` even where the rest is damaged.
 */
export function spliceEntries(
  gzip: Buffer,
  sizes: readonly number[],
  { chunkSize, limit }: Reading = { chunkSize: gzip.length, limit: 1 << 20 },
  entries: SplicedEntry[] = [],
): SplicedEntry[] {
  const bytes: Buffer[] = [];
  const splicer = new GzipSplicer({ onBlobBytes: (view) => bytes.push(Buffer.from(view)) });
  const read = createReader(splicer, gzip, chunkSize);
  for (const size of sizes) {
    readExactly(read, gap, limit);
    const checkpoint = splicer.checkpoint();
    splicer.beginBlob(size);
    const content = readExactly(read, size, limit);
    const blob = splicer.endBlob();
    entries.push({ checkpoint, content, blob, bytes: Buffer.concat(bytes.splice(0)) });
  }
  while (read(limit) !== "end") {
    // To the last member's trailer.
  }
  return entries;
}

type Read = (limit: number) => Uint8Array | "end";

/** Feeds a splicer whenever it asks; each chunk is wiped when the next one is asked for. */
export function createReader(splicer: GzipSplicer, gzip: Buffer, chunkSize: number): Read {
  let at = 0;
  let chunk = Buffer.alloc(0);
  return (limit) => {
    for (;;) {
      const bytes = splicer.read(limit);
      if (bytes !== "input") return bytes;
      chunk.fill(0xee);
      chunk = Buffer.from(gzip.subarray(at, at + chunkSize));
      at += chunk.length;
      if (chunk.length > 0) splicer.feed(chunk);
      else splicer.end();
    }
  };
}

function readExactly(read: Read, size: number, limit: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = size; left > 0;) {
    const bytes = read(Math.min(left, limit));
    if (bytes === "end") throw new Error(`the stream ended ${left} bytes early`);
    parts.push(Buffer.from(bytes));
    left -= bytes.length;
  }
  return Buffer.concat(parts);
}
