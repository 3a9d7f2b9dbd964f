import { existsSync } from "node:fs";
import { randomFillSync } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openArchive } from "../../../src/archive/open-archive.ts";
import { openCompressed, openEntry } from "../../../src/archive/index/reopen.ts";
import type { ArchiveIndex } from "../../../src/archive/index/archive-index.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { blob, buildImage, descriptorOf, indexOf, refNamed } from "../../helpers/archives/built-image.ts";
import { digestStream, filesOf, getFile, scanBytes, scanInput } from "../../helpers/archives/scan-bytes.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";
import { zstdFrame } from "../../helpers/archives/zstd-frames.ts";
import { readAll } from "../../helpers/chunks.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const wrappings = {
  tar: (bytes: Buffer): Buffer => bytes,
  gzip: (bytes: Buffer): Buffer => gzipSync(bytes, { level: 6 }),
  zstd: (bytes: Buffer): Buffer => zstdFrame(bytes),
};
type Wrapping = keyof typeof wrappings;
const all: readonly Wrapping[] = ["tar", "gzip", "zstd"];
const pairs = all.flatMap((outer) => all.map((inner) => [inner, outer] as const));

/** What docker saves: plain layers, the list last. */
async function dockerArchive(word: string): Promise<Buffer> {
  const { config, layers } = await buildImage({ layers: [word, `${word}-top`] });
  const builder = new TarBuilder().file(`${config.hex}.json`, config.bytes);
  for (const { hex, bytes } of layers) builder.file(`${hex}/layer.tar`, bytes);
  return builder
    .json("manifest.json", [
      {
        Config: `${config.hex}.json`,
        RepoTags: [`${word}:1`],
        Layers: layers.map(({ hex }) => `${hex}/layer.tar`),
      },
    ])
    .build();
}

async function ociArchive(word: string): Promise<Buffer> {
  const { config, gzipLayers, manifest } = await buildImage({ layers: [word] });
  return new TarBuilder()
    .file("oci-layout", '{"imageLayoutVersion":"1.0.0"}')
    .blobs(manifest, config, ...gzipLayers)
    .file("index.json", indexOf(descriptorOf(manifest, undefined, refNamed(`${word}:1`))).bytes)
    .build();
}

/** A release: papers, and archives that are compressed in that way. */
async function release(wrapping: Wrapping): Promise<Buffer> {
  const wrap = wrappings[wrapping];
  return new TarBuilder()
    .file("release/README", "read me")
    .folder("release/images/")
    .file("release/images/one.tar", wrap(await dockerArchive("one")))
    .file("release/images/two.tar", wrap(await ociArchive("two")))
    .file(
      "release/chart.tgz",
      gzipSync(await new TarBuilder().file("chart/Chart.yaml", "name: chart").build()),
    )
    .build();
}

/** Every entry's bytes are those of its digest, and every layer's gzip form holds the layer. */
async function expectReadableAgain(index: ArchiveIndex): Promise<void> {
  for (const file of filesOf(index).values()) {
    const isGone = file.reopen.from === "nowhere" && !file.compressed;
    const digest = isGone ? file.digest : await digestStream(openEntry(file)());
    expect(digest).toBe(file.digest);
  }
  for (const { compressed, digest } of filesOf(index).values()) {
    if (!compressed) continue;
    const bytes = await readAll(openCompressed(compressed)());
    expect([digestOf(bytes), digestOf(gunzipSync(bytes))]).toEqual([compressed.digest, digest]);
  }
}

function namesIn(index: ArchiveIndex, folder: string): string[] {
  return [...index.entries.keys()].filter((name) => name.startsWith(`${folder}/`));
}

describe.each(pairs)("archives in %s inside %s", (inner, outer) => {
  test.each(["file", "pipe"] as const)("have their entries below their own name, from a %s", async (way) => {
    const { index } = await scanBytes(wrappings[outer](await release(inner)), way);

    expect(namesIn(index, "release/images/one.tar")).toHaveLength(4);
    expect(namesIn(index, "release/images/two.tar")).toHaveLength(5);
    expect(namesIn(index, "release/chart.tgz")).toEqual([]);
    await expectReadableAgain(index);
  });

  test("take no room on disk where they and what is around them are plain or gzip", async () => {
    const { spoolDirectory } = await scanBytes(wrappings[outer](await release(inner)));

    expect(existsSync(spoolDirectory)).toBe(inner === "zstd" || outer === "zstd");
  });
});

test.each(all)("a folder's archives in %s are read where they lie", async (wrapping) => {
  const folder = await makeTempFolder();
  await mkdir(join(folder, "images"));
  await writeFile(join(folder, "images/one.tar"), wrappings[wrapping](await dockerArchive("one")));
  await writeFile(join(folder, "notes.txt"), "notes");

  const { index, spoolDirectory } = await scanInput({ path: folder });

  expect(namesIn(index, "images/one.tar")).toHaveLength(4);
  await expectReadableAgain(index);
  expect(existsSync(spoolDirectory)).toBe(wrapping === "zstd");
});

test("large layers of a gzip archive inside a gzip archive are inflated again from nearby", async () => {
  const layers = await Promise.all(
    [1, 2, 3].map(async (seed) => {
      const noise = randomFillSync(Buffer.alloc(7_000_000 + seed));
      return blob(await new TarBuilder().file("etc/noise", noise).build());
    }),
  );
  const inner = new TarBuilder();
  for (const { hex, bytes } of layers) inner.file(`${hex}/layer.tar`, bytes);
  const vendor = new TarBuilder()
    .file("harbor/common.sh", "true")
    .file("harbor/harbor.tar.gz", gzipSync(await inner.json("manifest.json", []).build(), { level: 1 }));

  const { index } = await scanBytes(gzipSync(await vendor.build(), { level: 1 }));

  expect(namesIn(index, "harbor/harbor.tar.gz")).toHaveLength(4);
  await expectReadableAgain(index);
  const { compressed } = getFile(index, `harbor/harbor.tar.gz/${layers[2]?.hex}/layer.tar`);
  const source = compressed?.from.kind === "replay" ? compressed.from.source : undefined;
  expect(source).toMatchObject({ position: expect.any(Number) as number });
  expect(source && "position" in source ? source.position : 0).toBeGreaterThan(8_000_000);
});

describe("what is no archive of images", () => {
  test("a layer with a name of its own stays a layer, cut out of its archive", async () => {
    const layer = await new TarBuilder().file("usr/share/data.tar", await dockerArchive("one")).build();
    const archive = await new TarBuilder().file("app.tar", layer).json("manifest.json", []).build();
    const { index } = await scanBytes(gzipSync(archive));

    expect(getFile(index, "app.tar")).toMatchObject({ compressed: { from: { kind: "replay" } } });
    expect(namesIn(index, "app.tar")).toEqual([]);
  });

  test("what a digest names is a blob, whatever is in it", async () => {
    const { hex, bytes } = blob(await dockerArchive("one"));
    const { index } = await scanBytes(await new TarBuilder().blobs({ hex, bytes }).build());

    expect([...index.entries.keys()]).toEqual([`blobs/sha256/${hex}`]);
  });

  test("one that is damaged is left alone as long as nothing tells that it holds images", async () => {
    const odd = gzipSync(await new TarBuilder().file("data/a", "a").build());
    const archive = await new TarBuilder().file("odd.tgz", odd.fill(7, odd.length - 8)).build();

    await expect(scanBytes(archive)).resolves.toMatchObject({ index: { notes: [] } });
  });

  test("one that is cut off is damage, told with its place", async () => {
    const cut = (await dockerArchive("one")).subarray(0, 4000);
    const archive = await new TarBuilder().file("images/one.tar", cut).build();

    await expect(scanBytes(archive)).rejects.toMatchObject({
      code: "ARCHIVE_DAMAGED",
      message: expect.stringContaining("images/one.tar") as string,
    });
  });
});

describe("hostile nestings", () => {
  /** A gzip of 100,000 times as many zeros as it has kilobytes, behind those headers. */
  async function bomb(...first: readonly string[]): Promise<Buffer> {
    const tar = new TarBuilder();
    for (const name of first) tar.json(name, []);
    return gzipSync(await tar.file("data/zeros", Buffer.alloc(bombSize)).build(), { level: 9 });
  }
  const bombSize = 60_000_000;

  test("an archive of images that unpacks to 200 times of what was read is refused", async () => {
    const outer = await new TarBuilder().file("a.tar.gz", await bomb("manifest.json")).build();

    await expect(scanBytes(outer, "file", { maxNested: 1000 })).rejects.toMatchObject({
      code: "ARCHIVE_INVALID",
      message: expect.stringContaining("more than 200 times its size") as string,
    });
  });

  test("so is one whose archives in archives do so together, each of them harmless", async () => {
    const small = gzipSync(
      await new TarBuilder().json("manifest.json", []).file("a/layer.tar", Buffer.alloc(200_000)).build(),
    );
    const many = new TarBuilder();
    for (let i = 0; i < 100; i += 1) many.file(`${i}.tar.gz`, small);
    const outer = await new TarBuilder().file("all.tgz", gzipSync(await many.build(), { level: 9 })).build();

    await expect(scanBytes(outer, "file", { maxNested: 1000 })).rejects.toMatchObject({
      code: "ARCHIVE_INVALID",
    });
  });

  test("what is no archive of images is left alone there, and not unpacked to its end", async () => {
    const outer = await new TarBuilder()
      .file("a.tar.gz", await bomb())
      .json("manifest.json", [])
      .build();
    // Unpacked to its end it would come to more than that, and be an error.
    const limits = { maxNested: 1000, maxInflated: bombSize / 2 };
    const { index } = await scanBytes(outer, "pipe", limits);

    const entry = getFile(index, "a.tar.gz");
    expect(entry.layer).toBeUndefined();
    expect(entry.damage).toContain("unpacks to far more");
  });

  test.each(["index.json", "manifest.json"])(
    "a cycle of links that begins with %s is an error",
    async (name) => {
      const links = await new TarBuilder().symlink(name, "a").symlink("a", "b").symlink("b", name).build();
      const path = join(await makeTempFolder(), "images.tar");
      await writeFile(path, links);

      await expect(
        openArchive({ path }, { layerCompression: "gzip", allowForeign: false }),
      ).rejects.toMatchObject({
        code: "ARCHIVE_INVALID",
        message: expect.stringContaining("through itself") as string,
      });
    },
  );

  test("a cycle of links in a folder is not walked into", async () => {
    const folder = await makeTempFolder();
    await symlink(".", join(folder, "again"));
    await writeFile(join(folder, "one.tar"), await dockerArchive("one"));
    const { index } = await scanInput({ path: folder });

    expect([...index.entries.keys()].filter((name) => name.startsWith("again/"))).toEqual([]);
    expect(namesIn(index, "one.tar")).toHaveLength(4);
  });

  test("ten thousand archives and more are refused", async () => {
    const small = await new TarBuilder().json("manifest.json", []).build();
    const entries = Array.from({ length: 10_001 }, (_, i) => `${i}.tar`);
    const header = await new TarBuilder().file("00000.tar", small).withoutEnd();
    const copies = entries.map((name) => renamed(header, name));

    await expect(scanBytes(Buffer.concat([...copies, Buffer.alloc(1024)]))).rejects.toMatchObject({
      code: "ARCHIVE_INVALID",
      message: expect.stringContaining("more than 10000 archives") as string,
    });
  });

  test("archives deeper than four are left alone", async () => {
    let bytes = await dockerArchive("one");
    for (let depth = 0; depth < 6; depth += 1) {
      bytes = await new TarBuilder().file(`${depth}.tar`, bytes).json("manifest.json", []).build();
    }
    const { index } = await scanBytes(bytes);

    expect([...index.entries.keys()].some((name) => name.startsWith("5.tar/4.tar/3.tar/2.tar/1.tar"))).toBe(
      true,
    );
    expect(namesIn(index, "5.tar/4.tar/3.tar/2.tar/1.tar")).toEqual([]);
  });
});

/** A tar header's bytes under another name, its checksum made right. */
function renamed(entry: Buffer, name: string): Buffer {
  const copy = Buffer.from(entry);
  copy.fill(0, 0, 100).write(name, 0, "latin1");
  copy.fill(" ", 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return copy;
}
