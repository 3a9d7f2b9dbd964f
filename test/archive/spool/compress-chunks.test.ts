import { Readable } from "node:stream";
import zlib, { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compressChunks, type CompressionOptions } from "../../../src/archive/spool/compress-chunks.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import { loadZstd } from "../../../src/stream/zstd-decoder.ts";
import { chunksOf, failing, readAll } from "../../helpers/chunks.ts";
import { decodeAll } from "../../helpers/archives/decode-all.ts";
import { countZstdFrames } from "../../helpers/archives/zstd-frames.ts";

const text = Buffer.from("one layer of many ".repeat(30_000));

test.each([undefined, 1, 9])("gzip at level %s holds the same bytes", async (level) => {
  const blob = await readAll(compressChunks(chunksOf(text), { compression: "gzip", level }));

  expect(gunzipSync(blob).equals(text)).toBe(true);
  expect(blob.length).toBeLessThan(text.length / 50);
});

test("gzip gives the same blob however the input is cut", async () => {
  const [one, other] = await Promise.all(
    [1000, 70_000].map((size) => readAll(compressChunks(chunksOf(text, size), { compression: "gzip" }))),
  );

  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
});

test("zstd holds the same bytes, or says which Node has it", async () => {
  const createDecoder = await loadZstd();
  const options: CompressionOptions = { compression: "zstd" };
  const outcome = await readAll(compressChunks(chunksOf(text), options)).then(
    (blob) => decodeAll(createDecoder(), blob).equals(text),
    (error: unknown) => (error instanceof AirgapError ? error.code : error),
  );

  expect(outcome).toBe("createZstdCompress" in zlib ? true : "ZSTD_UNSUPPORTED");
});

test.runIf("createZstdCompress" in zlib)(
  "zstd is one frame and the same bytes, 50 times, however the source's chunks are timed",
  async () => {
    const digests = new Set<string>();
    for (let run = 0; run < 50; run += 1) {
      const chunks = run % 2 ? chunksOf(text, 70_000) : Readable.from(chunksOf(text, 1000 + run * 997));
      const blob = await readAll(compressChunks(chunks, { compression: "zstd" }));
      expect(countZstdFrames(blob)).toBe(1);
      digests.add(digestOf(blob));
    }
    expect(digests.size).toBe(1);
  },
);

test("hands the source's own failure on", async () => {
  await expect(readAll(compressChunks(failing(text), { compression: "gzip" }))).rejects.toThrow(
    "the disk is gone",
  );
});
