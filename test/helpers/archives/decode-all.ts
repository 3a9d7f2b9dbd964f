import type { Decoder } from "../../../src/stream/decoder.ts";

/** All that a decoder makes of bytes that it is fed in chunks. */
export function decodeAll(decoder: Decoder, input: Buffer, chunkSize = input.length, limit = 65_536): Buffer {
  const output: Buffer[] = [];
  for (let at = 0; ;) {
    const bytes = decoder.read(limit);
    if (bytes === "end") return Buffer.concat(output);
    if (bytes !== "input") {
      output.push(Buffer.from(bytes));
    } else if (at < input.length) {
      decoder.feed(Buffer.from(input.subarray(at, at + chunkSize)));
      at += chunkSize;
    } else {
      decoder.end();
    }
  }
}
