import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { makeContent } from "../contents.ts";
import { DeflateBuilder } from "../deflate-builder.ts";
import { inflateStrictly } from "../inflate-strictly.ts";
import { gap, spliceEntries } from "../splice-entries.ts";
import { writeSymbols } from "../write-symbols.ts";

const noise = makeContent({ kind: "random", size: 70_000, seed: 1 });

/** Those of the sizes at which a blob that is cut out behind the gap does not give its bytes back. */
function findUnsound(gzip: Buffer, content: Buffer, sizes: readonly number[]): number[] {
  return sizes.filter((size) => !inflateStrictly(cut(gzip, size)).equals(content.subarray(gap, gap + size)));
}

function cut(gzip: Buffer, size: number): Buffer {
  return spliceEntries(gzip, [size])[0]?.bytes ?? Buffer.alloc(0);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

describe("the edges of a splice", () => {
  test.each([-260, -258, -3, -2, -1, 0, 1, 2])(
    "keep distances of 32 KiB within the blob: %i from the lead's end",
    (from) => {
      const { gzip, content } = writeSymbols(({ literal, match }) => {
        for (const byte of noise.subarray(0, gap + 32_768 + from)) literal(byte);
        for (let count = 0; count < 10; count++) match(258, 32_768);
        for (const byte of noise.subarray(0, 2000)) literal(byte);
      });
      expect(findUnsound(gzip, content, [content.length - gap])).toEqual([]);
    },
  );

  test.each([3, 257, 258])(
    "cut a match of %i bytes that lies across the start or the end anywhere",
    (length) => {
      const { gzip, content } = writeSymbols(({ literal, match }) => {
        for (const byte of noise.subarray(0, 300)) literal(byte);
        for (let count = 0; count < 50_000 / length; count++) match(length, 300 - (count % 50));
      });
      const sizes = [...range(0, 4), ...range(255, 261), ...range(45_000, 45_000 + length)];
      expect(findUnsound(gzip, content, sizes)).toEqual([]);
    },
  );

  test("take sizes at which there is just no body, or just one", () => {
    const content = makeContent({ kind: "text", size: gap + 34_000, seed: 2 });
    const sizes = [...range(32_766, 32_771), ...range(33_020, 33_290)];
    expect(findUnsound(gzipSync(content), content, sizes)).toEqual([]);
  });

  test("leave empty stored blocks out, and cut stored blocks where the blob needs it", () => {
    const builder = new DeflateBuilder();
    const content = noise.subarray(0, 60_000 + gap);
    for (let at = 0; at < content.length; at += 300) {
      builder.stored(content.subarray(at, at + 300));
      for (let count = 0; count < 20; count++) builder.stored(Buffer.alloc(0));
    }
    const gzip = builder.block(1).bits(0, 7).buildGzip(content);
    const sizes = [32_768, ...range(33_025, 33_028), 33_325, 59_999, 60_000];
    expect(findUnsound(gzip, content, sizes)).toEqual([]);
    expect(cut(gzip, 60_000).length).toBeLessThan(60_000 * 1.06);
  });

  test("give this very blob on every machine and in every version", () => {
    const { gzip } = writeSymbols(({ literal, match }) => {
      for (const [at, byte] of noise.subarray(0, 40_000).entries()) {
        literal(byte);
        if (at % 3 === 2) match(3 + (byte % 200), 1 + (at % 32_768));
      }
    });
    const [entry] = spliceEntries(gzip, [1_000_000]);
    expect([entry?.blob.size, entry?.blob.digest]).toEqual([
      74_275,
      "sha256:ff6a59df7241503edc2b8374c99fd05960161c94987cd02f3ea55a3f7cbe041d",
    ]);
  });
});
