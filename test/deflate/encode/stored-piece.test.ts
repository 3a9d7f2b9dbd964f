import { createHash } from "node:crypto";
import { deflateRawSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { gzipInParallel } from "../../../src/deflate/encode/parallel-gzip.ts";
import { chunksOf, readAll } from "../../helpers/chunks.ts";
import { makeContent } from "../contents.ts";

const mebibyte = 1024 * 1024;
const levels = [1, 3, 6, 9];
const noise = makeContent({ kind: "random", size: 2 * mebibyte, seed: 3 });
const compressed = deflateRawSync(makeContent({ kind: "text", size: 8 * mebibyte, seed: 4 }), { level: 9 });

async function gzip(content: Buffer, level: number): Promise<Buffer> {
  const bytes = await readAll(gzipInParallel(chunksOf(content), { level }));
  expect(gunzipSync(bytes).equals(content)).toBe(true);
  return bytes;
}

/** What is there of one piece when it is stored: its blocks of 65,535 bytes, and an empty one. */
function sizeOfStored(size: number): number {
  return size + (Math.ceil(size / 65_535) + 1) * 5;
}

/** gzip's header, the last block and the checksums. */
const frame = 10 + 2 + 8;

describe("a piece that is compressed already", () => {
  test("is stored, in blocks as large as can be, at every level", async () => {
    for (const level of levels) {
      expect((await gzip(noise, level)).length).toBe(frame + 2 * sizeOfStored(mebibyte));
    }
  });

  test("is stored where it is shorter than others, too", async () => {
    const content = noise.subarray(0, mebibyte + 70_000);
    expect((await gzip(content, 3)).length).toBe(frame + sizeOfStored(mebibyte) + sizeOfStored(70_000));
  });

  test("is known by its bytes, whatever program compressed it", async () => {
    const content = compressed.subarray(0, mebibyte);
    expect(content.length).toBe(mebibyte);
    expect((await gzip(content, 3)).length).toBe(frame + sizeOfStored(mebibyte));
  });

  test("is not stored where it repeats itself, or what came right before it", async () => {
    const block = noise.subarray(0, 30_000);
    const repeating = Buffer.concat(Array.from({ length: 70 }, () => block));
    for (const level of levels) expect((await gzip(repeating, level)).length).toBeLessThan(70_000);
  });

  test("is stored where it repeats only what is too far away for deflate", async () => {
    const block = noise.subarray(0, 40_000);
    const content = Buffer.concat(Array.from({ length: 27 }, () => block)).subarray(0, mebibyte);
    expect((await gzip(content, 3)).length).toBe(frame + sizeOfStored(mebibyte));
  });

  test("is not stored where some of it is text", async () => {
    for (const at of [0, 500_000, mebibyte - 20_000]) {
      const content = Buffer.from(noise.subarray(0, mebibyte));
      makeContent({ kind: "text", size: 20_000, seed: at }).copy(content, at);
      expect((await gzip(content, 3)).length).toBeLessThan(mebibyte - 5000);
    }
  });

  test("leaves the piece behind it to be compressed with it as history", async () => {
    const content = Buffer.concat([noise.subarray(0, mebibyte), noise.subarray(mebibyte - 30_000, mebibyte)]);
    expect((await gzip(content, 3)).length).toBeLessThan(frame + sizeOfStored(mebibyte) + 1000);
  });

  test("has the same bytes on every machine and Node", async () => {
    for (const level of levels) {
      const digest = createHash("sha256")
        .update(await gzip(noise, level))
        .digest("hex");
      expect(digest).toBe("305274a3d66a86a4f64aa47c9670c8f25216d8f007bac296c564f93f83c8ef74");
    }
  });
});
