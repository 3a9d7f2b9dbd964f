import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { gzipInParallel } from "../../../src/deflate/encode/parallel-gzip.ts";
import { chunksOf, readAll } from "../../helpers/chunks.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { arbitraryContent, contentKinds, makeContent } from "../contents.ts";
import { inflateStrictly } from "../inflate-strictly.ts";

const levels = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const mebibyte = 1024 * 1024;

function gzip(content: Buffer, level: number): Promise<Buffer> {
  return readAll(gzipInParallel(chunksOf(content), { level }));
}

test("zlib and a strict decoder read every output, whatever its size, content and level", async () => {
  const sizes = fc.oneof(
    arbitraryContent(300_000),
    fc.record({
      kind: fc.constantFrom(...contentKinds),
      size: fc.integer({ min: mebibyte - 300, max: mebibyte + 300 }),
      seed: fc.nat(),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { maxLength: 3 }), fc.constantFrom(...levels), async (parts, level) => {
      const content = Buffer.concat(parts.map(makeContent));
      const compressed = await gzip(content, level);
      expect(gunzipSync(compressed).equals(content)).toBe(true);
      expect(inflateStrictly(compressed).equals(content)).toBe(true);
      expect(compressed.length).toBeLessThan(content.length * 1.001 + 64);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["few symbols", Buffer.from("ab".repeat(40_000))],
  ["one symbol", Buffer.alloc(70_000, 7)],
  ["symbols as rare as a code can tell", fibonacciBytes(22)],
  ["short matches at the largest distance", farMatches()],
])("zlib reads what the codes' limits are tried with: %s", async (_, content) => {
  for (const level of levels) expect(gunzipSync(await gzip(content, level)).equals(content)).toBe(true);
});

test("each level compresses more than the one below", async () => {
  const content = makeContent({ kind: "binary", size: 4 * mebibyte, seed: 12_345_678 });
  const sizes = await Promise.all(levels.map(async (level) => (await gzip(content, level)).length));
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
});

const has = (program: string): boolean => !spawnSync(program, ["--version"]).error;

test.runIf(has("gzip"))("the gzip program reads it", async () => {
  for (const level of levels) {
    const content = makeContent({ kind: "binary", size: 2_300_000, seed: level });
    const read = execFileSync("gzip", ["-dc"], { input: await gzip(content, level), maxBuffer: 1e9 });
    expect(read.equals(content)).toBe(true);
  }
});

test.runIf(has("libdeflate-gunzip"))("libdeflate's program reads it", async () => {
  const content = makeContent({ kind: "binary", size: 2_300_000, seed: 1 });
  const file = join(await makeTempFolder(), "layer.gz");
  for (const level of levels) {
    await writeFile(file, await gzip(content, level));
    const read = execFileSync("libdeflate-gunzip", ["-c", file], { maxBuffer: 1e9 });
    expect(read.equals(content)).toBe(true);
    await rm(file);
  }
});

test.each(levels)("the bytes of level %i are the same on every machine and Node", async (level) => {
  const content = Buffer.concat([
    makeContent({ kind: "text", size: 700_000, seed: 1 }),
    makeContent({ kind: "runs", size: 500_000, seed: 2 }),
    makeContent({ kind: "random", size: 90_000, seed: 3 }),
  ]);
  const digest = createHash("sha256")
    .update(await gzip(content, level))
    .digest("hex");
  expect(digest.slice(0, 16)).toBe(pinned[level - 1]);
});

const pinned: readonly string[] = [
  "309eda25be82797e",
  "f0ebb0bbda885ca2",
  "93ee2ca672b3a9fb",
  "dca3ed7a093c9527",
  "2b00f8c257674577",
  "9ab4f28cb50edeb6",
  "e2ece086650197eb",
  "745e993e270d7a1e",
  "f8d594fb23e6177e",
];

/** Bytes so often as Fibonacci's numbers say: the best code for them would be longer than deflate allows. */
function fibonacciBytes(values: number): Buffer {
  const runs: Buffer[] = [];
  for (let value = 0, count = 1, next = 1; value < values; value += 1) {
    for (let at = 0; at < count; at += 1) runs.push(Buffer.from([value]));
    [count, next] = [next, count + next];
  }
  return Buffer.concat(runs.map((_, at) => runs[(at * 7919) % runs.length]!));
}

function farMatches(): Buffer {
  const noise = makeContent({ kind: "random", size: 32_768, seed: 4 });
  return Buffer.concat([noise, noise.subarray(0, 5), Buffer.from("-"), noise, noise.subarray(1)]);
}
