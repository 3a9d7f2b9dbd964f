import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openCompressed, openEntry, readEntry } from "../../../src/archive/index/reopen.ts";
import { packLayerRows } from "../../../src/content/layer-contents.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { elfHead } from "../../helpers/archives/binary-heads.ts";
import { readAll } from "../../helpers/chunks.ts";
import { expectedImages, samplePath } from "../../helpers/archives/samples.ts";
import {
  digestStream,
  filesOf,
  getFile,
  readCompressed,
  scanBytes,
  scanInput,
  type Way,
} from "../../helpers/archives/scan-bytes.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { endMark, tarFile, tarHeader } from "../../helpers/archives/tar-blocks.ts";
import { zstdFrame, zstdSkippableFrame } from "../../helpers/archives/zstd-frames.ts";

const layer = Buffer.concat([
  tarFile("bin/app", Buffer.concat([elfHead({ machine: 183 }), Buffer.alloc(70_000, "machine code ")])),
  tarHeader({ name: "bin/sh", type: "2", linkTarget: "app" }),
  endMark,
]);
const otherLayer = Buffer.concat([tarFile("etc/motd", "hello\n"), endMark]);
const config = '{"architecture":"arm64"}';

/** An archive with every kind of entry that images are made of. */
const archive = Buffer.concat([
  tarHeader({ name: "a/", type: "5" }),
  tarFile("a/VERSION", "1.0"),
  tarFile("a/layer.tar", layer),
  tarHeader({ name: "b/layer.tar", type: "2", linkTarget: "../a/layer.tar" }),
  tarFile("c/layer.tar", otherLayer),
  tarFile("compressed", gzipSync(layer)),
  tarFile("zstd", zstdFrame(layer)),
  tarFile("config.json", config),
  tarFile("noise", Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i) % 251))),
  tarFile("manifest.json", "[]"),
  endMark,
]);

const ways: Way[] = ["file", "pipe"];
const wrappings: [string, (bytes: Buffer) => Buffer][] = [
  ["none", (bytes) => bytes],
  ["gzip", (bytes) => gzipSync(bytes)],
  ["zstd", (bytes) => Buffer.concat([zstdSkippableFrame(Buffer.alloc(9)), zstdFrame(bytes)])],
];
const cases = wrappings.flatMap(([compression, wrap]) =>
  ways.map((way) => [compression, way, wrap(archive)] as const),
);

describe("archives that tools wrote", () => {
  test.each([
    ["k3s8/docker20/k3s-airgap-images-arm64.tar.gz", "gzip"],
    ["k3s8/docker26/k3s-airgap-images-arm64.tar.gz", "gzip"],
    ["k3s8/docker26-containerd/k3s-airgap-images-arm64.tar.gz", "gzip"],
    ["docker20/images-arm.tar.gz", "gzip"],
    ["containerd/images-arm.tar", "none"],
    ["crane/klipper-lb-arm.tar", "none"],
    ["derived/long25.tar.zst", "zstd"],
    ["derived/two-frames.tar.zst", "zstd"],
  ])("%s: has the layers that it should, and gives each again", async (sample, compression) => {
    const { index } = await scanInput({ path: samplePath(sample) });
    const files = [...filesOf(index).values()];

    expect(index.compression).toBe(compression);
    expect(index.sha256).toBe(digestOf(await readFile(samplePath(sample))).slice("sha256:".length));
    expect(files.map(({ layer }) => layer?.diffID as string | undefined)).toEqual(
      expect.arrayContaining(expectedImages(sample).flatMap(({ diffIDs }) => diffIDs)),
    );
    for (const file of files) {
      expect(await digestStream(openEntry(file)())).toBe(file.digest);
      if (!file.compressed) continue;
      const blob = await readAll(openCompressed(file.compressed)());
      expect([digestOf(blob), blob.length]).toEqual([file.compressed.digest, file.compressed.size]);
      expect(digestOf(gunzipSync(blob))).toBe(file.digest);
    }
  });

  test("a layer cut out of a gzip archive has the same digest from a file and from a pipe", async () => {
    const bytes = await readFile(samplePath("docker20/images-arm.tar.gz"));
    const [digests = [], again] = await Promise.all(
      ways.map(async (way) => {
        const { index } = await scanBytes(bytes, way);
        return [...filesOf(index).values()].map(({ compressed }) => compressed?.digest);
      }),
    );

    expect(digests.filter((digest) => digest !== undefined)).not.toEqual([]);
    expect(digests).toEqual(again);
  });
});

describe.each(cases)("compression %s from a %s", (compression, way, bytes) => {
  test("every entry is told by its content and can be read again", async () => {
    const { index } = await scanBytes(bytes, way);

    expect(index).toMatchObject({ compression, size: bytes.length, notes: [] });
    expect([...index.entries.keys()]).toEqual([
      "a/VERSION",
      "a/layer.tar",
      "b/layer.tar",
      "c/layer.tar",
      "compressed",
      "zstd",
      "config.json",
      "noise",
      "manifest.json",
    ]);
    expect(index.entries.get("b/layer.tar")).toEqual({
      kind: "link",
      name: "b/layer.tar",
      hard: false,
      target: "../a/layer.tar",
    });
    for (const file of filesOf(index).values()) {
      expect(await digestStream(openEntry(file)())).toBe(file.digest);
      expect(digestOf(await readEntry(file))).toBe(file.digest);
    }
  });

  test("layers are followed, compressed or not", async () => {
    const { index } = await scanBytes(bytes, way);
    const found = {
      diffID: digestOf(layer),
      contents: packLayerRows([
        { kind: "binary", path: "bin/app", architecture: "arm64", isExecutable: false },
        { kind: "link", path: "bin/sh", target: "app" },
      ]),
    };

    expect(getFile(index, "a/layer.tar")).toMatchObject({
      format: "tar",
      digest: found.diffID,
      layer: found,
    });
    expect(getFile(index, "compressed")).toMatchObject({ format: "gzip", layer: found });
    expect(getFile(index, "zstd")).toMatchObject({ format: "zstd", layer: found });
    expect(getFile(index, "noise").layer).toBeUndefined();
  });

  test("metadata is in memory", async () => {
    const { index } = await scanBytes(bytes, way);

    expect(Buffer.from(getFile(index, "config.json").bytes ?? []).toString()).toBe(config);
    expect(Buffer.from(getFile(index, "a/VERSION").bytes ?? []).toString()).toBe("1.0");
    expect(getFile(index, "noise").bytes).toBeUndefined();
  });

  test("plain layers have a gzip form, unless they can be compressed later", async () => {
    const { index } = await scanBytes(bytes, way);
    const { compressed } = getFile(index, "a/layer.tar");
    const isLeftForLater = compression === "none" && way === "file";

    expect(compressed === undefined).toBe(isLeftForLater);
    if (!compressed) return;
    const blob = await readAll(openCompressed(compressed)());
    expect(compressed).toMatchObject({ compression: "gzip", digest: digestOf(blob), size: blob.length });
    expect(gunzipSync(blob).equals(layer)).toBe(true);
  });

  test("temp files are there only where nothing can be read twice", async () => {
    const { spoolDirectory } = await scanBytes(bytes, way);

    expect(existsSync(spoolDirectory)).toBe(compression === "zstd" || way === "pipe");
  });

  test("layers that are to stay plain stay so", async () => {
    const { index } = await scanBytes(bytes, way, { layerCompression: "none" });
    const file = getFile(index, "a/layer.tar");

    expect(file.compressed).toBeUndefined();
    expect(await digestStream(openEntry(file)())).toBe(digestOf(layer));
  });

  test("progress counts the archive's own bytes", async () => {
    const seen: [number, number | undefined][] = [];
    await scanBytes(bytes, way, { onProgress: (...progress) => seen.push(progress) });

    expect(seen.at(-1)).toEqual([bytes.length, way === "file" ? bytes.length : undefined]);
  });

  test("a scan that is given up says why", async () => {
    const signal = AbortSignal.abort(new Error("stop"));

    await expect(scanBytes(bytes, way, { signal })).rejects.toThrow("stop");
  });

  test("what is cut off is damage", async () => {
    const cut = bytes.subarray(0, Math.floor(bytes.length / 2) + 1);

    await expect(scanBytes(cut, way)).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED", exitCode: 65 });
    await expect(scanBytes(cut, way)).rejects.toThrow(/^Cannot read archive "images": /);
  });
});

describe("compression in compression", () => {
  test.each(ways)("gzip in gzip from a %s", async (way) => {
    const { index } = await scanBytes(gzipSync(gzipSync(archive)), way);

    expect(index.compression).toBe("gzip");
    expect(await digestStream(openEntry(getFile(index, "a/layer.tar"))())).toBe(digestOf(layer));
  });

  test("gzip in zstd", async () => {
    const { index } = await scanBytes(zstdFrame(gzipSync(archive)));

    expect(getFile(index, "a/layer.tar").digest).toBe(digestOf(layer));
  });
});

describe("xz", () => {
  /** `layer.tar`, which holds 5000 zeros in `motd`, and `manifest.json`, written by GNU tar and xz. */
  const xz = Buffer.from(
    "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4E//AKBdADYYS5jpw83l33qCLeFB8ioJCpbqIkFMlET5PtezI+MLKR+9qWVZKamHZa8r5gYB0ugB/qeNCDbUUlxjazkF/fDgnlnrrH/5pq55qz3eV+3UQB7LKY8XR2fn4EkKnHaH0QodROMpK7zE7pUxrbJiityegx50d2CHMVI7hGCzMWFaNNwwGdwkFvkENNI6E2gFghbJ9YOhdiPzFHbXnjKsZQAAbIaz1ERIzKsAAbwBgKABAHn0B76xxGf7AgAAAAAEWVo=",
    "base64",
  );

  test.each(ways)("is read from a %s", async (way) => {
    const { index } = await scanBytes(xz, way);

    expect([index.compression, ...index.entries.keys()]).toEqual(["xz", "layer.tar", "manifest.json"]);
    expect(digestOf(gunzipSync(await readCompressed(getFile(index, "layer.tar"))))).toBe(
      getFile(index, "layer.tar").digest,
    );
  });

  test("that is cut off is damage", async () => {
    await expect(scanBytes(xz.subarray(0, -20))).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  });
});

describe("what is no archive", () => {
  test.each([
    ["nothing", Buffer.alloc(0), /it is empty/],
    ["a web page", Buffer.from("<!doctype html><title>Sign in"), /a web page/],
    ["a Git LFS pointer", Buffer.from("version https://git-lfs.github.com/spec/v1\n"), /a Git LFS pointer/],
    ["a zip file", Buffer.from("PK\u{3}\u{4}......"), /is a zip file$/],
    ["a zip file of Hangar", zipHead(`${"ab".repeat(32)}/`), /a zip file of Hangar/],
    ["a zip file of Hangar", zipHead("share/sha256/"), /a zip file of Hangar/],
    ["JSON", Buffer.from('{"schemaVersion":2}'), /it is JSON/],
    ["text", Buffer.alloc(2000, "text "), /it is text; it begins with "text text/],
    ["text in UTF-16", Buffer.from("\u{feff}docker", "utf16le"), /UTF-16, which PowerShell's > makes/],
    ["base64", Buffer.from(`${"QUJD".repeat(19)}\n`.repeat(9)), /text \(base64\)/],
    ["a message of gpg", Buffer.from("-----BEGIN PGP MESSAGE-----\n"), /encrypted with OpenPGP/],
    [
      "a line before something",
      Buffer.from("Unable to find image\r\nx\0\0"),
      /begins with "Unable to find image"/,
    ],
    ["noise", Buffer.from("0123456789abcdef80ff", "hex"), /neither a tar nor a compressed tar/],
    ["bzip2", Buffer.from("BZh91AY&SY......"), /compressed with bzip2/],
    ["lz4", Buffer.from("04224d186440", "hex"), /compressed with lz4/],
    ["text in gzip", gzipSync("text"), /what gzip compresses in it is text/],
    ["nothing in gzip", gzipSync(""), /what gzip compresses in it is empty/],
    ["a web page in gzip in gzip", gzipSync(gzipSync("<html>")), /what gzip compresses in it is a web page/],
    ["zstd in gzip", gzipSync(zstdFrame(archive)), /what gzip compresses in it is compressed with zstd/],
  ])("is refused by name: %s", async (_, bytes, message) => {
    await expect(scanBytes(bytes)).rejects.toMatchObject({ code: "ARCHIVE_UNSUPPORTED", exitCode: 65 });
    await expect(scanBytes(bytes)).rejects.toThrow(message);
  });

  test.each(["images.tar.gz.aa", "haul.tar.zst.001", "images.tar.part1"])(
    "a lone part says so: %s",
    async (title) => {
      const part = gzipSync(archive).subarray(0, 1000);

      await expect(scanBytes(part, "file", { title })).rejects.toMatchObject({
        code: "ARCHIVE_DAMAGED",
        hint: expect.stringContaining("cat FILE.* |") as string,
      });
    },
  );

  test("a missing file is another matter", async () => {
    await expect(scanInput({ path: "/no/such/file.tar" })).rejects.toMatchObject({
      code: "ARCHIVE_UNREADABLE",
      exitCode: 66,
    });
  });

  test("a file that goes away after the scan is told by its name", async () => {
    const folder = await makeTempFolder();
    const path = join(folder, "images.tar.gz");
    await writeFile(path, gzipSync(archive));
    const { index } = await scanInput({ path });
    await rm(path);

    for (const name of ["a/layer.tar", "noise"]) {
      await expect(readAll(openEntry(getFile(index, name))())).rejects.toMatchObject({
        code: "ARCHIVE_UNREADABLE",
        message: expect.stringContaining(path) as string,
      });
    }
  });

  test("a tar without entries is one", async () => {
    expect((await scanBytes(Buffer.alloc(10_240))).index.entries.size).toBe(0);
  });
});

describe("empty layers", () => {
  test.each([
    ["nothing at all", Buffer.alloc(0)],
    ["zeros", Buffer.alloc(10_240)],
  ])("are layers: %s", async (_, content) => {
    const { index } = await scanBytes(gzipSync(Buffer.concat([tarFile("layer.tar", content), endMark])));
    const file = getFile(index, "layer.tar");

    expect(file).toMatchObject({ format: "tar", layer: { diffID: digestOf(content) } });
    expect(gunzipSync(await readCompressed(file)).equals(content)).toBe(true);
  });
});

test.each([
  ["zstd from a file", "file", zstdFrame(archive)],
  ["tar from a pipe", "pipe", archive],
  ["gzip from a pipe", "pipe", gzipSync(archive)],
] as const)("a temp folder that cannot be used is told: %s", async (_, way, bytes) => {
  await expect(scanBytes(bytes, way, { spoolDirectory: "/no/such/folder/spool" })).rejects.toMatchObject({
    code: "TEMP_DIR_UNUSABLE",
    exitCode: 73,
  });
});

test("a temp folder that vanishes in the middle of the scan is told", async () => {
  const spoolDirectory = join(await makeTempFolder(), "spool");
  const big = tarFile("big/layer.tar", Buffer.concat([tarFile("f", Buffer.alloc(3_000_000, "x")), endMark]));
  async function* vanishing(): AsyncGenerator<Uint8Array> {
    yield big;
    await rm(dirname(spoolDirectory), { recursive: true });
    yield Buffer.concat([big, endMark]);
  }

  await expect(scanInput({ chunks: vanishing() }, { spoolDirectory })).rejects.toMatchObject({
    code: "TEMP_DIR_UNUSABLE",
  });
});

test("a thousand small layers are compressed some at a time", async () => {
  const layers = Array.from({ length: 1000 }, (_, i) => tarFile(`${i}/layer.tar`, otherLayer));
  const { index } = await scanBytes(zstdFrame(Buffer.concat([...layers, endMark])));
  const digests = new Set([...filesOf(index).values()].map(({ compressed }) => compressed?.digest));

  expect([index.entries.size, digests.size]).toEqual([1000, 1]);
});

test("a named pipe is read like standard input", async () => {
  const path = join(await makeTempFolder(), "pipe");
  await promisify(execFile)("mkfifo", [path]);
  const [{ index }] = await Promise.all([scanInput({ path }), writeFile(path, gzipSync(archive))]);

  expect(await digestStream(openEntry(getFile(index, "a/layer.tar"))())).toBe(digestOf(layer));
});

test("spooled files are removed with their folder alone", async () => {
  const { spoolDirectory, index } = await scanBytes(archive, "pipe");

  expect(await readdir(spoolDirectory)).toHaveLength(
    [...filesOf(index).values()].filter(({ reopen, compressed }) => compressed ?? reopen.from === "spool")
      .length,
  );
});

/** The local header of a zip file's first entry (APPNOTE 4.3.7). */
function zipHead(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.write("PK\u{3}\u{4}", "latin1");
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name)]);
}
