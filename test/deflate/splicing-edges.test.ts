import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FixedBlock } from "../../src/deflate/fixed-block.ts";
import { makeContent } from "./contents.ts";
import { DeflateBuilder } from "./deflate-builder.ts";
import { inflateStrictly } from "./inflate-strictly.ts";
import { gap, spliceEntries } from "./splice-entries.ts";

/** What one writes by hand, and the bytes that it stands for. */
interface Symbols {
  readonly literal: (byte: number) => void;
  readonly match: (length: number, distance: number) => void;
}

/** A gzip stream with a single fixed block, and its content. */
function writeSymbols(write: (symbols: Symbols) => void): {
  readonly gzip: Buffer;
  readonly content: Buffer;
} {
  const builder = new DeflateBuilder();
  const block = new FixedBlock({ write: (value, count) => builder.bits(value, count) }, true);
  const bytes: number[] = [];
  write({
    literal: (byte) => {
      block.writeLiteral(byte);
      bytes.push(byte);
    },
    match: (length, distance) => {
      block.writeMatch(length, distance);
      for (let left = length; left > 0; left--) bytes.push(bytes.at(-distance) ?? 0);
    },
  });
  block.end();
  const content = Buffer.from(bytes);
  return { gzip: builder.buildGzip(content), content };
}

const noise = makeContent({ kind: "random", size: 70_000, seed: 1 });

function expectSound(gzip: Buffer, content: Buffer, size: number): Buffer {
  const [entry] = spliceEntries(gzip, [size]);
  const bytes = entry?.bytes ?? Buffer.alloc(0);
  expect(inflateStrictly(bytes).equals(content.subarray(gap, gap + size))).toBe(true);
  return bytes;
}

describe("the edges of a splice", () => {
  it.each([-260, -258, -3, -2, -1, 0, 1, 2])(
    "keep distances of 32 KiB within the blob: %i from the lead's end",
    (from) => {
      const { gzip, content } = writeSymbols(({ literal, match }) => {
        for (const byte of noise.subarray(0, gap + 32_768 + from)) literal(byte);
        for (let count = 0; count < 10; count++) match(258, 32_768);
        for (const byte of noise.subarray(0, 2000)) literal(byte);
      });
      expectSound(gzip, content, content.length - gap);
    },
  );

  it.each([3, 257, 258])(
    "cut a match of %i bytes that lies across the start or the end anywhere",
    (length) => {
      const { gzip, content } = writeSymbols(({ literal, match }) => {
        for (const byte of noise.subarray(0, 300)) literal(byte);
        for (let count = 0; count < 200_000 / length; count++) match(length, 300 - (count % 50));
      });
      for (let size = 199_000 - 2 * length; size <= 199_000; size += length > 3 ? 37 : 1)
        expectSound(gzip, content, size);
      for (const size of [0, 1, 2, 256, 257, 258, 259]) expectSound(gzip, content, size);
    },
  );

  it("take sizes at which there is just no body, or just one", () => {
    const content = makeContent({ kind: "text", size: gap + 34_000, seed: 2 });
    const gzip = gzipSync(content);
    for (let size = 32_766; size < 32_772; size++) expectSound(gzip, content, size);
    for (let size = 33_020; size < 33_290; size += 2) expectSound(gzip, content, size);
  });

  it("leave empty stored blocks out, and cut stored blocks where the blob needs it", () => {
    const builder = new DeflateBuilder();
    const content = noise.subarray(0, 60_000 + gap);
    for (let at = 0; at < content.length; at += 300) {
      const part = content.subarray(at, at + 300);
      builder
        .block(0, false)
        .fillByte()
        .bits(part.length, 16)
        .bits(part.length ^ 0xffff, 16)
        .bytes(...part);
      for (let count = 0; count < 20; count++)
        builder.block(0, false).fillByte().bits(0, 16).bits(0xffff, 16);
    }
    const gzip = builder.block(1).bits(0, 7).buildGzip(content);
    for (const size of [32_768, 33_025, 33_026, 33_027, 33_325, 59_999, 60_000]) {
      expect(expectSound(gzip, content, size).length).toBeLessThan(size * 1.06 + 100);
    }
  });
});
