import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../src/archive/open-archive.ts";
import type { ImageSource } from "../../src/content/image-source.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { blob, buildImage, type BuiltImage } from "../helpers/archives/built-image.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const options = { layerCompression: "gzip", allowForeign: false } as const;

/** A plain tar of images: what is in it is compressed when it is asked for. */
async function writeArchive(images: readonly BuiltImage[]): Promise<{ path: string; tempDir: string }> {
  const tar = new TarBuilder();
  for (const [i, { config, layers }] of images.entries()) {
    tar.file(`${config.hex}.json`, config.bytes);
    for (const { hex, bytes } of layers) tar.file(`${i}/${hex}/layer.tar`, bytes);
  }
  const items = images.map(({ config, layers }, i) => ({
    Config: `${config.hex}.json`,
    RepoTags: [`app:${i}`],
    Layers: layers.map(({ hex }) => `${i}/${hex}/layer.tar`),
  }));
  tar.json("manifest.json", items);
  const tempDir = await makeTempFolder();
  const path = join(await makeTempFolder(), "images.tar");
  await writeFile(path, await tar.build());
  return { path, tempDir };
}

async function countTempFiles(tempDir: string): Promise<number> {
  const names = await readdir(tempDir, { recursive: true });
  return names.filter((name) => name.includes("/")).length;
}

async function readLayer(source: ImageSource, image: number, layer: number): Promise<Buffer> {
  const form = await source.images[image]?.layers[layer]?.blob?.();
  if (!form) throw new Error("it cannot be pushed");
  const chunks: Uint8Array[] = [];
  for await (const chunk of form.open()) chunks.push(chunk);
  expect(blob(Buffer.concat(chunks)).digest).toBe(form.digest);
  return Buffer.concat(chunks);
}

describe("layers of a plain tar", () => {
  test("leave the temp disk when all who wanted them have sent them, and are made again for who asks", async () => {
    const images = [await buildImage({ layers: ["a", "b"] }), await buildImage({ layers: ["a", "c"] })];
    const { path, tempDir } = await writeArchive(images);
    await using source = await openArchive({ path }, { ...options, tempDir });
    const shared = await Promise.all(
      source.images.map(async ({ layers }) => layers[0]?.blob?.({ releases: true })),
    );

    await shared[0]?.release?.();
    expect(await countTempFiles(tempDir)).toBe(1);
    await shared[1]?.release?.();
    expect(await countTempFiles(tempDir)).toBe(0);

    const again = await source.images[0]?.layers[0]?.blob?.({ releases: true });
    expect(again?.digest).toBe(shared[0]?.digest);
    expect(await countTempFiles(tempDir)).toBe(0);
    expect(gunzipSync(await readLayer(source, 0, 0))).toEqual(images[0]?.layers[0]?.bytes);
  });

  test("are compressed when asked for, once for all images that have them", async () => {
    const images = [await buildImage({ layers: ["a", "b"] }), await buildImage({ layers: ["a", "c"] })];
    const { path, tempDir } = await writeArchive(images);
    await using source = await openArchive({ path }, { ...options, tempDir });
    expect(await countTempFiles(tempDir)).toBe(0);

    const [first, second] = await Promise.all([readLayer(source, 0, 0), readLayer(source, 1, 0)]);
    expect(gunzipSync(first)).toEqual(images[0]?.layers[0]?.bytes);
    expect(second).toEqual(first);
    expect(await countTempFiles(tempDir)).toBe(1);
  });

  test("give their temp file back with the last image that has them", async () => {
    const images = [await buildImage({ layers: ["a", "b"] }), await buildImage({ layers: ["a", "c"] })];
    const { path, tempDir } = await writeArchive(images);
    await using source = await openArchive({ path }, { ...options, tempDir });
    for (const image of [0, 1]) for (const layer of [0, 1]) await readLayer(source, image, layer);
    const counts = [await countTempFiles(tempDir)];
    for (const image of [...source.images, ...source.images]) {
      await source.release(image);
      counts.push(await countTempFiles(tempDir));
    }
    expect(counts).toEqual([3, 2, 0, 0, 0]);
  });

  test("go up as they are where nothing is to be compressed", async () => {
    const image = await buildImage();
    const { path, tempDir } = await writeArchive([image]);
    await using source = await openArchive({ path }, { ...options, layerCompression: "none", tempDir });
    expect(await readLayer(source, 0, 0)).toEqual(image.layers[0]?.bytes);
    expect(await countTempFiles(tempDir)).toBe(0);
  });
});

function summarize({ images }: ImageSource): unknown {
  return images.map(({ names, manifest, layers, index }) => ({
    names,
    manifest,
    index,
    diffIDs: layers.map(({ diffID }) => diffID),
  }));
}

test("an unpacked layout is read like the archive it came from", async () => {
  const folder = await makeTempFolder();
  const path = samplePath("containerd/images-arm.tar");
  await promisify(execFile)("tar", ["-xf", path, "-C", folder]);
  await using archive = await openArchive({ path }, options);
  await using layout = await openArchive({ path: folder }, options);
  expect(summarize(layout)).toEqual(summarize(archive));
  expect(layout.facts.sha256).toBeUndefined();
  expect(digestOf(await readLayer(layout, 0, 0))).toBe(archive.images[0]?.manifest?.layers[0]?.digest);
});

test("progress is told, up to the archive's size", async () => {
  const reads: (readonly [number, number | undefined])[] = [];
  const onProgress = (read: number, total: number | undefined): void => void reads.push([read, total]);
  await using source = await openArchive(
    { path: samplePath("by-id/untagged-arm.tar.gz") },
    { ...options, onProgress },
  );
  expect(reads.at(-1)).toEqual([source.facts.size, source.facts.size]);
});

test("an aborted run ends with the signal's reason and leaves nothing", async () => {
  const tempDir = await makeTempFolder();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const opening = openArchive(
    { path: samplePath("derived/long25.tar.zst") },
    { ...options, tempDir, signal },
  );
  await expect(opening).rejects.toBe(reason);
  expect(await readdir(tempDir)).toEqual([]);
});
