import { deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { decompress } from "../../src/stream/decompress.ts";
import { chunksOf, failing, readAll } from "../helpers/chunks.ts";

const text = Buffer.from("one in another ".repeat(20_000));

test.each([
  ["nothing", text],
  ["gzip", gzipSync(text)],
  ["zlib", deflateSync(text)],
  ["gzip in gzip", gzipSync(gzipSync(text))],
  ["two members", Buffer.concat([gzipSync(text.subarray(0, 99)), gzipSync(text.subarray(99))])],
])("takes off %s", async (_, input) => {
  expect((await readAll(decompress(chunksOf(input)))).equals(text)).toBe(true);
  expect((await readAll(decompress(chunksOf(input, 10)))).equals(text)).toBe(true);
});

test.each([
  ["cut off", gzipSync(text).subarray(0, -5), /unexpected end of file/],
  [
    "corrupt",
    Buffer.concat([gzipSync(text).subarray(0, 20), Buffer.alloc(99, "x")]),
    /Cannot decompress gzip/,
  ],
  ["cut off inside", gzipSync(gzipSync(text).subarray(0, -5)), /unexpected end of file/],
  ["followed by garbage", Buffer.concat([gzipSync(text), Buffer.from("garbage")]), /incorrect header check/],
  ["nested too deeply", gzipSync(gzipSync(gzipSync(text))), /more than 2 times/],
])("refuses what is %s", async (_, input, message) => {
  await expect(readAll(decompress(chunksOf(input)))).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  await expect(readAll(decompress(chunksOf(input)))).rejects.toThrow(message);
});

test("hands the source's own failure on", async () => {
  await expect(readAll(decompress(failing(gzipSync(text).subarray(0, 50))))).rejects.toThrow(
    "the disk is gone",
  );
});

test("closes the source when its reader leaves", async () => {
  let isClosed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield text;
    } finally {
      isClosed = true;
    }
  }
  for await (const chunk of decompress(endless())) if (chunk.length > 0) break;

  await expect.poll(() => isClosed).toBe(true);
});
