import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type * as Open from "../../../src/archive/open-archive.ts";
import type * as Scan from "../../../src/archive/scan/scan-in-worker.ts";
import type { ScanOptions } from "../../../src/archive/index/scan-options.ts";
import type * as Threads from "../../../src/archive/scan/scan-threads.ts";
import { chunksOf, failing } from "../../helpers/chunks.ts";
import { samplePath } from "../../helpers/archives/samples.ts";
import { scanInput } from "../../helpers/archives/scan-bytes.ts";
import { tarFile } from "../../helpers/archives/tar-blocks.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

/** The compiled ones: from the sources there is no worker to start. */
const { scanInWorker }: typeof Scan = await import(
  new URL("../../../dist/archive/scan/scan-in-worker.js", import.meta.url).href
);

const { prepareScanThreads }: typeof Threads = await import(
  new URL("../../../dist/archive/scan/scan-threads.js", import.meta.url).href
);
const { openArchive }: typeof Open = await import(
  new URL("../../../dist/archive/open-archive.js", import.meta.url).href
);

const sample = samplePath("docker20/images-arm.tar.gz");

async function createOptions(options: Partial<ScanOptions> = {}): Promise<ScanOptions> {
  const spoolDirectory = join(await makeTempFolder(), "spool");
  return { title: "images", spoolDirectory, layerCompression: "gzip", ...options };
}

test("a file gives the same index as in this thread, its maps and bytes included", async () => {
  const { index } = await scanInput({ path: sample });

  expect(await scanInWorker({ path: sample }, await createOptions())).toEqual(structuredClone(index));
});

test("a stream gives the same entries and digests as the file", async () => {
  const options = await createOptions();
  const fromFile = await scanInWorker({ path: sample }, options);
  const fromStream = await scanInWorker({ chunks: createReadStream(sample) }, options);

  expect([fromStream.sha256, fromStream.size]).toEqual([fromFile.sha256, fromFile.size]);
  expect([...fromStream.entries.keys()]).toEqual([...fromFile.entries.keys()]);
});

/** Threads have numbers in the order of their start. */
async function countStarted(action: () => Promise<unknown>): Promise<number> {
  const before = startThread();
  await action();
  return startThread() - before - 1;
}

function startThread(): number {
  return new Worker("", { eval: true }).threadId;
}

test("files are scanned one after the other by one thread", async () => {
  const started = await countStarted(async () => {
    const first = await scanInWorker({ path: sample }, await createOptions());
    expect((await scanInWorker({ path: sample }, await createOptions())).entries).toEqual(first.entries);
  });

  expect(started).toBeLessThanOrEqual(1);
});

test("a thread that was prepared is the one that scans", async () => {
  const started = await countStarted(async () => {
    prepareScanThreads(1);
    await scanInWorker({ path: sample }, await createOptions());
  });

  expect(started).toBe(1);
});

test("archives that take a large window are scanned one at a time", async () => {
  const path = samplePath("derived/two-frames.tar.zst");
  const tempDir = await makeTempFolder();
  const started = await countStarted(() =>
    Promise.all(
      [1, 2, 3].map(async () => {
        await using source = await openArchive(
          { path },
          { tempDir, layerCompression: "gzip", allowForeign: false },
        );
        expect(source.images.length).toBeGreaterThan(0);
      }),
    ),
  );

  // Beside the one that scans there are those that compress.
  expect(started).toBeLessThanOrEqual(1 + availableParallelism());
});

test("a thread whose scan failed serves no other", async () => {
  const broken = join(await makeTempFolder(), "broken.tar");
  await writeFile(broken, Buffer.concat([tarFile("a", "x"), Buffer.alloc(2048, "garbage")]));
  const started = await countStarted(async () => {
    for (let scans = 0; scans < 10; scans += 1) {
      await expect(scanInWorker({ path: broken }, await createOptions())).rejects.toThrow("images");
    }
  });

  // A few threads may be left from other tests.
  expect(started).toBeGreaterThan(5);
});

test("progress is told from afar", async () => {
  const seen: number[] = [];
  const { size } = await scanInWorker(
    { path: sample },
    await createOptions({ onProgress: (read) => seen.push(read) }),
  );

  expect(seen.at(-1)).toBe(size);
});

test("an error is ours again when it has crossed", async () => {
  const scan = scanInWorker({ chunks: chunksOf(Buffer.from("<html>")) }, await createOptions());

  await expect(scan).rejects.toMatchObject({
    code: "ARCHIVE_UNSUPPORTED",
    exitCode: 65,
    hint: expect.stringContaining("Download") as string,
    message: expect.stringContaining('Cannot read archive "images": it is a web page') as string,
  });
});

test("the stream's own failure comes through", async () => {
  await expect(scanInWorker({ chunks: failing(tarFile("a", "x")) }, await createOptions())).rejects.toThrow(
    "the disk is gone",
  );
});

test("giving up ends the thread while the stream has nothing to say, and leaves the stream", async () => {
  const stop = new AbortController();
  const silent = new PassThrough();
  silent.write(tarFile("a", "x"));
  const scan = scanInWorker(
    { chunks: silent },
    await createOptions({ signal: stop.signal, onProgress: () => stop.abort(new Error("stop")) }),
  );

  await expect(scan).rejects.toThrow("stop");
  expect(silent.destroyed).toBe(true);
});

test("damage is told while the stream has nothing more to say", async () => {
  const silent = new PassThrough();
  silent.write(Buffer.concat([tarFile("a", "x"), Buffer.alloc(2048, "garbage")]));

  await expect(scanInWorker({ chunks: silent }, await createOptions())).rejects.toMatchObject({
    code: "ARCHIVE_DAMAGED",
  });
});

test("a stream is read no faster than it is used", async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.concat([tarFile("a", "x"), Buffer.alloc(512, "x")]);
    for (; given < 1000; given++) yield await Promise.resolve(Buffer.alloc(1024 * 1024));
  }

  await expect(scanInWorker({ chunks: endless() }, await createOptions())).rejects.toMatchObject({
    code: "ARCHIVE_DAMAGED",
  });
  expect(given).toBeLessThan(100);
});
