import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { gzipInParallel, type ParallelGzipOptions } from "../../../src/deflate/encode/parallel-gzip.ts";
import { chunksOf, failing, readAll } from "../../helpers/chunks.ts";
import { makeContent } from "../contents.ts";
import { inflateStrictly } from "../inflate-strictly.ts";

const binary = makeContent({ kind: "binary", size: 3_500_000, seed: 1 });

function gzip(
  bytes: Buffer,
  options: Partial<ParallelGzipOptions> = {},
  chunkSize = 65_536,
): Promise<Buffer> {
  return readAll(gzipInParallel(chunksOf(bytes, chunkSize), { level: 1, ...options }));
}

describe("compressing in parallel", () => {
  test.each([
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("x")],
    ["a piece and a byte", makeContent({ kind: "text", size: 1024 * 1024 + 1, seed: 2 })],
    ["whole pieces", makeContent({ kind: "text", size: 2 * 1024 * 1024, seed: 3 })],
    ["what cannot be compressed", makeContent({ kind: "random", size: 2_500_000, seed: 4 })],
    ["a program", binary],
  ])("makes one gzip member of %s", async (_, content) => {
    const compressed = await gzip(content);
    expect(inflateStrictly(compressed).equals(content)).toBe(true);
    expect(gunzipSync(compressed).equals(content)).toBe(true);
  });

  test("gives the same bytes in buffers that are used again", async () => {
    const compressed = await gzip(binary, { reuseBuffers: true });
    expect(compressed.equals(await gzip(binary))).toBe(true);
  });

  test("gives the same bytes for any number of pieces at once and any chunks", async () => {
    const digests = await Promise.all(
      [
        gzip(binary, { pieces: 1 }),
        gzip(binary, { pieces: 5 }),
        gzip(binary, {}, 1000),
        gzip(binary, {}, binary.length),
      ].map(async (bytes) =>
        createHash("sha256")
          .update(await bytes)
          .digest("hex"),
      ),
    );
    expect(new Set(digests).size).toBe(1);
  });

  test("gives bytes that do not depend on what was compressed before", async () => {
    const before = await gzip(binary);
    await gzip(makeContent({ kind: "random", size: 1_500_000, seed: 9 }));
    expect((await gzip(binary)).equals(before)).toBe(true);
  });

  test("looks back across the pieces", async () => {
    const half = makeContent({ kind: "random", size: 1024 * 1024 - 20_000, seed: 5 });
    const repeated = half.subarray(-10_000);
    const content = Buffer.concat([half, Buffer.alloc(20_000), repeated]);
    expect((await gzip(content)).length).toBeLessThan(half.length + 3000);
  });

  test("compresses more at higher levels", async () => {
    const sizes = await Promise.all([1, 6].map(async (level) => (await gzip(binary, { level })).length));
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0);
  });

  test("lets the source reuse its chunks", async () => {
    const chunk = Buffer.alloc(100_000);
    async function* reusing(): AsyncGenerator<Uint8Array> {
      for (let value = 0; value < 30; value++) yield await Promise.resolve(chunk.fill(value));
    }
    const content = inflateStrictly(await readAll(gzipInParallel(reusing(), { level: 1 })));
    expect([content.length, content[0], content.at(-1)]).toEqual([3_000_000, 0, 29]);
  });

  test("holds no more than is under way", async () => {
    let taken = 0;
    async function* counting(): AsyncGenerator<Uint8Array> {
      for (; ; taken++) yield await Promise.resolve(new Uint8Array(1024 * 1024));
    }
    const chunks = gzipInParallel(counting(), { level: 1, pieces: 2 });
    for (let count = 0; count < 5; count++) await chunks.next();
    await chunks.return(undefined);
    expect(taken).toBeLessThanOrEqual(8);
  });

  test("throws what its source throws", async () => {
    await expect(readAll(gzipInParallel(failing(binary), { level: 1 }))).rejects.toThrow("the disk is gone");
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const chunks = gzipInParallel(chunksOf(binary), { level: 1, pieces: 1, signal: controller.signal });
    await chunks.next();
    controller.abort(new Error("stop"));
    await expect(readAll(chunks)).rejects.toThrow("stop");
  });
});
