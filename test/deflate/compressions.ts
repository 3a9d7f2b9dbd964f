import { once } from "node:events";
import { constants, createGzip, gzipSync, type ZlibOptions } from "node:zlib";
import * as fc from "fast-check";
import { readAll } from "../helpers/chunks.ts";

export interface Compression {
  readonly level: number;
  readonly strategy: number;
  readonly memLevel: number;
  readonly windowBits: number;
  /** Each of these many bytes is flushed in this way. */
  readonly flush: number;
  readonly flushEvery: number;
  /** How many gzip members the archive has. */
  readonly members: number;
  /** Zeros behind the last one. */
  readonly padding: number;
}

const flushes = [
  constants.Z_NO_FLUSH,
  constants.Z_PARTIAL_FLUSH,
  constants.Z_SYNC_FLUSH,
  constants.Z_FULL_FLUSH,
  constants.Z_BLOCK,
];
const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

/** Every way in which zlib writes gzip. */
export const arbitraryCompression: fc.Arbitrary<Compression> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(...strategies),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  flush: fc.constantFrom(...flushes),
  flushEvery: fc.integer({ min: 200, max: 200_000 }),
  members: fc.integer({ min: 1, max: 4 }),
  padding: fc.constantFrom(0, 0, 1, 512, 300_000),
});

/** The bytes in gzip members of about the same size, and an empty one behind them if there are several. */
export async function compress(bytes: Buffer, compression: Compression): Promise<Buffer> {
  const { members, padding } = compression;
  const parts: Buffer[] = [];
  for (let part = 0; part < members; part++) {
    const from = Math.floor((bytes.length * part) / members);
    const to = Math.floor((bytes.length * (part + 1)) / members);
    parts.push(await compressMember(bytes.subarray(from, to), compression));
  }
  if (members > 1) parts.push(gzipSync(Buffer.alloc(0)));
  return Buffer.concat([...parts, Buffer.alloc(padding)]);
}

async function compressMember(bytes: Buffer, compression: Compression): Promise<Buffer> {
  const { flush, flushEvery, level, strategy, memLevel, windowBits } = compression;
  const options: ZlibOptions = { level, strategy, memLevel, windowBits };
  if (flush === constants.Z_NO_FLUSH) return gzipSync(bytes, options);
  const gzip = createGzip(options);
  const output = readAll(gzip);
  for (let at = 0; at < bytes.length; at += flushEvery) {
    if (!gzip.write(bytes.subarray(at, at + flushEvery))) await once(gzip, "drain");
    await new Promise<void>((resolve) => {
      gzip.flush(flush, resolve);
    });
  }
  gzip.end();
  return output;
}
