import { chmod, copyFile, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, onTestFinished, vi } from "vitest";
import type { ArchiveIndex } from "../../../src/archive/index/archive-index.ts";
import { openArchive } from "../../../src/archive/open-archive.ts";
import { ScanCache } from "../../../src/archive/scan/scan-cache.ts";
import { scanArchive } from "../../../src/archive/scan/scan-archive.ts";
import type { ImageSource } from "../../../src/content/image-source.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import type { LayerCompression } from "../../../src/oci/media-type.ts";
import { readAll } from "../../helpers/chunks.ts";
import { k3sArchive } from "../../helpers/archives/k3s-samples.ts";
import { samplePath } from "../../helpers/archives/samples.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const sample = samplePath(k3sArchive("docker20", "arm"));
const settings = { title: "images", spoolDirectory: "", layerCompression: "gzip" } as const;

async function scanned(): Promise<{ path: string; directory: string; cache: ScanCache }> {
  const folder = await makeTempFolder();
  const [path, directory] = [join(folder, "images.tar.gz"), join(folder, "cache")];
  await copyFile(sample, path);
  const cache = new ScanCache(directory, "1");
  await cache.keep(path, await scanArchive({ path }, settings), settings);
  return { path, directory, cache };
}

/** All that a scan has found, with the archive's own path left out. */
function digestOfIndex(index: ArchiveIndex, path: string): string {
  return digestOf(
    JSON.stringify(index, function (this: Record<string, unknown>, key: string, value: unknown) {
      const found = this[key];
      if (found instanceof Map) return [...found];
      if (ArrayBuffer.isView(found)) {
        return digestOf(new Uint8Array(found.buffer, found.byteOffset, found.byteLength));
      }
      return value === path ? "" : value;
    }),
  );
}

describe("what was scanned is remembered", () => {
  test("in the form, and with the outcome, that its number stands for: raise `format` where this changes", async () => {
    const paths = [k3sArchive("docker26", "arm64"), "containerd/images-arm.tar"].map((name) =>
      samplePath(name),
    );
    const indexes = await Promise.all(paths.map((path) => scanArchive({ path }, settings)));

    expect(indexes.map((index, i) => digestOfIndex(index, paths[i]!))).toEqual([
      "sha256:ae8643deae5c4d20ec481f088594a22be44ab7858e71d0eeb5f281c2e9484b9e",
      "sha256:a445477de630ee993434b9a6b622d2cc88ad787f48d4039cf32bc70f742470b1",
    ]);
  });

  test("as the scan would give it again, for the same options and program alone", async () => {
    const { path, directory, cache } = await scanned();

    expect(await cache.find(path, settings)).toEqual(await scanArchive({ path }, settings));
    expect(await cache.find(path, { ...settings, layerCompression: "zstd" })).toBeUndefined();
    expect(await new ScanCache(directory, "2").find(path, settings)).toBeUndefined();
  });

  test("for who wants plain layers too, which come out of the blobs that were cut", async () => {
    const { path, cache } = await scanned();
    const find = vi.spyOn(cache, "find");
    const source = await open(path, cache, "none");

    expect(await find.mock.results[0]!.value).toBeDefined();
    for (const layer of source.images.flatMap(({ layers }) => layers)) {
      const { digest, compression, open } = await layer.blob!();
      expect([digest, compression]).toEqual([layer.diffID, "none"]);
      expect(digestOf(await readAll(open()))).toBe(digest);
    }
  });

  test("wherever the file is moved, and its layers are read from there", async () => {
    const { path, cache } = await scanned();
    await rename(path, `${path}.moved`);
    const find = vi.spyOn(cache, "find");
    const source = await open(`${path}.moved`, cache);

    expect(await find.mock.results[0]!.value).toBeDefined();
    for (const layer of source.images.flatMap(({ layers }) => layers)) {
      const blob = await layer.blob!();
      expect(digestOf(await readAll(blob.open()))).toBe(blob.digest);
    }
  });

  test("never for a file that has changed by one byte, however alike it looks", async () => {
    const { path, cache } = await scanned();
    const { atime, mtime } = await stat(path);
    const bytes = await readFile(path);
    bytes[bytes.length - 9]! ^= 1;
    await writeFile(path, bytes);
    await utimes(path, atime, mtime);

    expect(await cache.find(path, settings)).toBeUndefined();
  });

  test("not where its file was damaged or shortened", async () => {
    const { path, directory, cache } = await scanned();
    const name = (await readdir(directory)).find((name) => name.startsWith("scan-"))!;
    const bytes = await readFile(join(directory, name));
    await writeFile(join(directory, name), bytes.subarray(0, -1));
    expect(await cache.find(path, settings)).toBeUndefined();
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(directory, name), bytes);
    expect(await cache.find(path, settings)).toBeUndefined();
  });

  test("not in a folder that others can write, nor from a file that they can", async () => {
    const { path, directory, cache } = await scanned();
    await chmod(directory, 0o777);
    expect(await cache.find(path, settings)).toBeUndefined();
    await chmod(directory, 0o700);
    for (const name of await readdir(directory)) await chmod(join(directory, name), 0o666);
    expect(await cache.find(path, settings)).toBeUndefined();
  });

  test("by several at once, and in nothing but whole files", async () => {
    const { path, directory, cache } = await scanned();
    const index = await scanArchive({ path }, settings);
    await Promise.all([1, 2, 3, 4].map(() => cache.keep(path, index, settings)));

    expect(new Set((await readdir(directory)).map((name) => name.split("-")[0]))).toEqual(
      new Set(["file", "scan"]),
    );
    expect(await cache.find(path, settings)).toEqual(index);
  });

  test("not at all where the folder cannot be made", async () => {
    const { path } = await scanned();
    const cache = new ScanCache(join(path, "cache"), "1");
    const source = await open(path, cache);

    expect(source.images.length).toBeGreaterThan(0);
    expect(cache.looksKnown(path)).toBe(false);
  });

  describe.each(["derived/two-frames.tar.zst", "derived/x.tar.xz"])(
    "of %s, whose layers are in temp files",
    (sample) => {
      test("but for these: the layers keep their digests, and nothing is scanned until one is read", async () => {
        const { path, cache } = await remembered(sample);
        const first = await describeLayers(await open(path, cache));
        const tempDir = await makeTempFolder();
        const source = await open(path, cache, "gzip", tempDir);
        const layers = source.images.flatMap((image) => image.layers);

        expect(await describeLayers(source)).toEqual(first);
        expect(await readdir(tempDir)).toEqual([]);
        const blob = await layers[0]!.blob!();
        expect(digestOf(await readAll(blob.open()))).toBe(blob.digest);
        expect(await readdir(tempDir)).toHaveLength(1);
      });

      test("and each of them is read from one more scan, which temp files are given back of", async () => {
        const { path, cache } = await remembered(sample);
        const tempDir = await makeTempFolder();
        const source = await open(path, cache, "gzip", tempDir);
        const blobs = await Promise.all(
          source.images.flatMap(({ layers }) => layers.map((layer) => layer.blob!())),
        );
        await Promise.all(
          blobs.map(async ({ digest, open }) => expect(digestOf(await readAll(open()))).toBe(digest)),
        );
        expect(await readdir(tempDir)).toHaveLength(1);
        for (const image of source.images) await source.release(image);
        const [spool] = await readdir(tempDir);
        expect(await readdir(join(tempDir, spool!))).toEqual([]);
      });

      test("and a layer whose archive has changed since is refused", async () => {
        const { path, cache } = await remembered(sample);
        const source = await open(path, cache);
        await copyFile(samplePath(k3sArchive("docker26", "amd64")), path);
        const blob = await source.images[0]!.layers[0]!.blob!();
        await expect(readAll(blob.open())).rejects.toMatchObject({ code: "ARCHIVE_CHANGED" });
      });

      test("for who wants plain layers too", async () => {
        const { path, cache } = await remembered(sample);
        const source = await open(path, cache, "none");
        const { diffID, blob } = source.images[0]!.layers[0]!;
        expect(digestOf(await readAll((await blob!()).open()))).toBe(diffID);
      });
    },
  );
});

/** A copy of the sample, opened once. */
async function remembered(sample: string): Promise<{ path: string; cache: ScanCache }> {
  const folder = await makeTempFolder();
  const path = join(folder, "images");
  await copyFile(samplePath(sample), path);
  const cache = new ScanCache(join(folder, "cache"), "1");
  await open(path, cache);
  expect(await cache.find(path, settings)).toBeDefined();
  return { path, cache };
}

function describeLayers({ images }: ImageSource): Promise<unknown> {
  return Promise.all(
    images.flatMap(({ layers }) =>
      layers.map(async ({ diffID, blob }) => {
        const { digest, size, compression } = await blob!();
        return { diffID, digest, size, compression };
      }),
    ),
  );
}

async function open(
  path: string,
  cache: ScanCache,
  layerCompression: LayerCompression = "gzip",
  tempDir?: string,
): Promise<ImageSource> {
  tempDir ??= await makeTempFolder();
  const source = await openArchive({ path }, { tempDir, cache, layerCompression, allowForeign: false });
  onTestFinished(() => source[Symbol.asyncDispose]());
  return source;
}
