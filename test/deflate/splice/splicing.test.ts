import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inflateFrom } from "../../../src/deflate/splice/inflate-from.ts";
import { replayBlob } from "../../../src/deflate/splice/replay-blob.ts";
import { readAll } from "../../helpers/chunks.ts";
import { describeWith } from "../../helpers/judges/describe-with.ts";
import { findMissing } from "../../helpers/processes/installed.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { arbitraryCompression, compress } from "../compressions.ts";
import { arbitraryContent, type Content, contentKinds, makeContent } from "../contents.ts";
import { inflateStrictly } from "../inflate-strictly.ts";
import { gap, type Reading, spliceEntries } from "../splice-entries.ts";

/** Set to 10, 100, ... for the long form. */
const rounds = Number(process.env["AIRGAP_LOAD_TEST_ROUNDS"] ?? 1);

const arbitraryReading: fc.Arbitrary<Reading> = fc.record({
  chunkSize: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1000, max: 2_000_000 })),
  limit: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1000, max: 2_000_000 })),
});

function archiveOf(contents: readonly Content[]): Buffer {
  return Buffer.concat(
    contents.flatMap((content) => [Buffer.alloc(gap, content.kind), makeContent(content)]),
  );
}

/** Splices, and checks every blob: zlib gives the entry's bytes from it, and its digest, size, replay and checkpoint hold. */
async function checkSplicing(gzip: Buffer, contents: readonly Content[], folder: string): Promise<Buffer[]> {
  const path = join(folder, "archive.gz");
  await writeFile(path, gzip);
  const entries = spliceEntries(
    gzip,
    contents.map(({ size }) => size),
  );
  for (const [index, { blob, bytes, checkpoint }] of entries.entries()) {
    const content = makeContent(contents[index]!);
    expect(inflateStrictly(bytes).equals(content)).toBe(true);
    expect(blob.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    expect(blob.size).toBe(bytes.length);
    expect((await readAll(replayBlob({ path }, structuredClone(blob.replay)))).equals(bytes)).toBe(true);
    const again = inflateFrom({ path }, structuredClone(checkpoint), content.length);
    expect((await readAll(again)).equals(content)).toBe(true);
  }
  return entries.map(({ bytes }) => bytes);
}

describe("splicing", () => {
  test("gives gzip blobs of the entries' bytes from whatever zlib writes", async () => {
    const folder = await makeTempFolder();
    const contents = fc.array(arbitraryContent(200_000), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(contents, arbitraryCompression, async (entries, compression) => {
        const gzip = await compress(archiveOf(entries), compression);
        expect(await checkSplicing(gzip, entries, folder)).toHaveLength(entries.length);
      }),
      { numRuns: 60 * rounds },
    );
  });

  test("gives the same blobs however the input is cut and the output is read", async () => {
    const contents = fc.array(arbitraryContent(100_000), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        contents,
        arbitraryCompression,
        arbitraryReading,
        async (entries, compression, reading) => {
          const gzip = await compress(archiveOf(entries), compression);
          const sizes = entries.map(({ size }) => size);
          const digests = spliceEntries(gzip, sizes).map(({ blob }) => blob.digest);
          expect(spliceEntries(gzip, sizes, reading).map(({ blob }) => blob.digest)).toEqual(digests);
        },
      ),
      { numRuns: 60 * rounds },
    );
  });

  test.each(contentKinds)("cuts 20 MB of %s", async (kind) => {
    const contents: Content[] = [
      { kind: "text", size: 1000, seed: 1 },
      { kind, size: 20_000_000, seed: 2 },
    ];
    const compression = { level: 6, strategy: 0, memLevel: 8, windowBits: 15 };
    const once = { flush: 0, flushEvery: 1, members: 1, padding: 0 };
    const gzip = await compress(archiveOf(contents), { ...compression, ...once });
    const blobs = await checkSplicing(gzip, contents, await makeTempFolder());
    const size = blobs.reduce((sum, { length }) => sum + length, 0);
    expect(size).toBeLessThan(gzip.length * 1.005 + 20_000);
  });
});

const program = findMissing("gzip", "pigz");

describeWith(program, "splicing what gzip and pigz write", () => {
  const contents: Content[] = [
    { kind: "binary", size: 700_001, seed: 3 },
    { kind: "text", size: 32_768, seed: 4 },
    { kind: "runs", size: 400_000, seed: 5 },
    { kind: "random", size: 70_000, seed: 6 },
  ];

  const commands = [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => `gzip -${level}`),
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => `pigz -p2 -${level}`),
    "pigz -b 128",
    "pigz -p4 -i -b 128",
    "pigz -p2 -11 -I 1",
  ];

  test.each(commands)("%s", async (command) => {
    const [name = "", ...options] = command.split(" ");
    const gzip = execFileSync(name, [...options, "-c"], { input: archiveOf(contents), maxBuffer: 1 << 26 });
    const blobs = await checkSplicing(gzip, contents, await makeTempFolder());
    for (const [index, blob] of blobs.entries()) {
      const content = execFileSync("gzip", ["-dc"], { input: blob, maxBuffer: 1 << 26 });
      expect(content.equals(makeContent(contents[index]!))).toBe(true);
    }
  });
});
