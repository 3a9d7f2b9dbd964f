import { crc32, inflateRawSync } from "node:zlib";

/** Inflates a gzip blob of one member without optional header fields by zlib, and throws where anything is left over or wrong. */
export function inflateStrictly(gzip: Buffer): Buffer {
  if (gzip.subarray(0, 10).toString("hex") !== "1f8b08000000000000ff") throw new Error("another header");
  const deflated = gzip.subarray(10, -8);
  const { buffer, engine } = inflateRawSync(deflated, { info: true }) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  if (engine.bytesWritten !== deflated.length) throw new Error("bytes left over before the trailer");
  if (gzip.readUInt32LE(gzip.length - 8) !== crc32(buffer)) throw new Error("another CRC-32");
  if (gzip.readUInt32LE(gzip.length - 4) !== buffer.length) throw new Error("another length");
  return buffer;
}
