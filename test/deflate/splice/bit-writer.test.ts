import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BitWriter } from "../../../src/deflate/splice/bit-writer.ts";

/** Bits to write in order: a value of up to 24 bits, or a range to copy from the source. */
const arbitraryPieces = fc.array(
  fc.oneof(
    fc.record({ value: fc.nat({ max: 0xffffff }), count: fc.integer({ min: 0, max: 24 }) }),
    fc.record({ from: fc.nat({ max: 700 }), count: fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 700 })) }),
  ),
);

const sourceBits = "1101000100110111".repeat(90);
const source = new DataView(new ArrayBuffer(sourceBits.length / 8));
for (let at = 0; at < source.byteLength; at++) {
  source.setUint8(at, parseBits(sourceBits.slice(at * 8, at * 8 + 8)));
}

/** Bits in the order in which deflate packs them, the lowest of a byte first. */
function parseBits(bits: string): number {
  return Number.parseInt(bits.split("").reverse().join("") || "0", 2);
}

function formatBits(value: number, count: number): string {
  return value.toString(2).padStart(24, "0").split("").reverse().join("").slice(0, count);
}

test("writes values and copies ranges at any bit", () => {
  fc.assert(
    fc.property(arbitraryPieces, (pieces) => {
      const output: Uint8Array[] = [];
      const writer = new BitWriter((bytes) => output.push(bytes.slice()));
      let bits = "";
      for (const piece of pieces) {
        const { count } = piece;
        if ("value" in piece) {
          writer.write(piece.value & (2 ** count - 1), count);
          bits += formatBits(piece.value, count);
        } else {
          writer.copy(source, piece.from, count);
          bits += sourceBits.slice(piece.from, piece.from + count);
        }
      }
      expect(writer.bitsToByte).toBe((8 - (bits.length % 8)) % 8);
      writer.write(0, writer.bitsToByte);
      writer.flush();
      const wanted = Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
        parseBits(bits.slice(at * 8, at * 8 + 8)),
      );
      expect(Buffer.concat(output)).toEqual(Buffer.from(wanted));
    }),
    { numRuns: 300 },
  );
});

test("gives long copies away in pieces", () => {
  const bytes = Buffer.from(Array.from({ length: 300_008 }, (_, at) => at * 7));
  const sizes: number[] = [];
  const output: Uint8Array[] = [];
  const writer = new BitWriter((piece) => {
    sizes.push(piece.length);
    output.push(piece.slice());
  });
  writer.write(1, 1);
  writer.copy(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 1, 300_000 * 8 - 1);
  writer.flush();
  bytes[0] = 1;
  expect(Buffer.concat(output).equals(bytes.subarray(0, 300_000))).toBe(true);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
});
