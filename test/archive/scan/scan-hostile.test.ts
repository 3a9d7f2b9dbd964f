import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openEntry, readEntry } from "../../../src/archive/index/reopen.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { digestStream, filesOf, getFile, scanBytes } from "../../helpers/archives/scan-bytes.ts";
import { base256, endMark, paxHeader, tarFile, tarHeader } from "../../helpers/archives/tar-blocks.ts";
import { zstdBomb, zstdFrame } from "../../helpers/archives/zstd-frames.ts";

const layer = Buffer.concat([tarFile("bin/app", Buffer.alloc(70_000, "machine code ")), endMark]);

async function namesOf(...tars: Buffer[]): Promise<{ names: string[]; notes: readonly string[] }> {
  const { index } = await scanBytes(Buffer.concat([...tars, endMark]));
  return { names: [...index.entries.keys()], notes: index.notes };
}

function json(size: number): Buffer {
  return Buffer.alloc(size, " ").fill("{", 0, 1);
}

function link(i: number, target: string): Buffer {
  return Buffer.concat([paxHeader({ linkpath: target }), tarHeader({ name: `l${i}`, type: "2" })]);
}

describe("names", () => {
  test("are cleaned", async () => {
    const { names } = await namesOf(tarFile("./a", "1"), tarFile("b//c", "2"), tarFile("./d/./e", "3"));

    expect(names).toEqual(["a", "b/c", "d/e"]);
  });

  test("that lead out of the archive are left out, with a note", async () => {
    const { names, notes } = await namesOf(
      tarFile("../../etc/passwd", "1"),
      tarFile("a/../b", "2"),
      tarFile("/etc/passwd", "3"),
      tarFile("ok", "4"),
      tarHeader({ name: "../link", type: "2", linkTarget: "/etc/passwd" }),
    );

    expect(names).toEqual(["ok"]);
    expect(notes).toHaveLength(4);
    expect(notes[0]).toContain("../../etc/passwd");
  });

  test("that a Mac adds are left out", async () => {
    const junk = ["._index.json", "blobs/sha256/._abc", ".DS_Store", "a/.DS_Store"];

    expect(await namesOf(...junk.map((name) => tarFile(name, "x")))).toEqual({ names: [], notes: [] });
  });

  test("of prototypes are names like any other", async () => {
    const prototypes = ["__proto__", "constructor", "hasOwnProperty"];

    expect((await namesOf(...prototypes.map((name) => tarFile(name, "x")))).names).toEqual(prototypes);
  });

  test("longer than a kernel opens are left out", async () => {
    const { names, notes } = await namesOf(paxHeader({ path: "n".repeat(5000) }), tarFile("n", "x"));

    expect([names, notes.length]).toEqual([[], 1]);
  });

  test("that do harm to a terminal are escaped in notes, which are limited in number", async () => {
    const flood = Array.from({ length: 50 }, () => tarFile("../\u{1b}[2J", "x"));
    const { notes } = await namesOf(...flood);

    expect(notes).toHaveLength(21);
    expect(notes.join("")).not.toContain("\u{1b}");
  });
});

test("names that do harm to a terminal are escaped in errors", async () => {
  const tar = tarFile("\u{1b}[2J", "x".repeat(2000)).subarray(0, 1024);

  await expect(scanBytes(gzipSync(tar).subarray(0, -8))).rejects.toThrow(/^[^\p{Cc}]*u\{1b\}[^\p{Cc}]*$/u);
});

describe("entries that are there twice", () => {
  test("count once where they are equal", async () => {
    const { index } = await scanBytes(Buffer.concat([tarFile("a", "x"), tarFile("./a", "x"), endMark]));

    expect([...index.entries.keys()]).toEqual(["a"]);
  });

  test.each([
    ["files", tarFile("manifest.json", "[1]"), tarFile("manifest.json", "[2]")],
    [
      "links",
      tarHeader({ name: "l", type: "2", linkTarget: "a" }),
      tarHeader({ name: "l", type: "2", linkTarget: "b" }),
    ],
    ["a file and a link", tarFile("l", "x"), tarHeader({ name: "l", type: "2", linkTarget: "a" })],
  ])("are refused where they differ: %s", async (_, first, second) => {
    await expect(scanBytes(Buffer.concat([first, second, endMark]))).rejects.toMatchObject({
      code: "ARCHIVE_INVALID",
      message: expect.stringMatching(/"(?:manifest\.json|l)": it is there twice/) as string,
    });
  });
});

describe("hostile tars", () => {
  test.each([
    ["a sparse file", "ARCHIVE_UNSUPPORTED", tarFile("s", "x", { type: "S", magic: "gnu" })],
    [
      "a PAX sparse file",
      "ARCHIVE_UNSUPPORTED",
      Buffer.concat([paxHeader({ "GNU.sparse.major": "1" }), tarFile("s", "x")]),
    ],
    ["a PAX header of 3 MiB", "ARCHIVE_DAMAGED", tarHeader({ type: "x", size: 3 * 1024 * 1024 })],
    ["a negative size", "ARCHIVE_DAMAGED", tarHeader({ size: base256(-512n) })],
    ["an entry of 65 GiB", "ARCHIVE_INVALID", tarHeader({ size: base256(65n * 1024n ** 3n) })],
    [
      "data behind the end",
      "ARCHIVE_DAMAGED",
      Buffer.concat([tarFile("a", "x"), endMark, tarFile("manifest.json", "[]")]),
    ],
  ])("%s is refused", async (_, code, tar) => {
    await expect(scanBytes(Buffer.concat([tarFile("first", "x"), tar]))).rejects.toMatchObject({
      code,
      exitCode: 65,
    });
  });

  test("a directory with a size is a header, as for Go", async () => {
    const tar = Buffer.concat([tarHeader({ name: "d/", type: "5", size: 512 }), tarFile("a", "x"), endMark]);

    expect([...(await scanBytes(tar)).index.entries.keys()]).toEqual(["a"]);
  });

  test("long link targets are left out, and names have a limit together", async () => {
    const { index } = await scanBytes(Buffer.concat([link(0, "t".repeat(5000)), link(1, "t"), endMark]));
    expect([...index.entries.keys()]).toEqual(["l1"]);

    const many = Array.from({ length: 4200 }, (_, i) => link(i, "t".repeat(4000)));
    await expect(scanBytes(Buffer.concat(many))).rejects.toMatchObject({ code: "ARCHIVE_INVALID" });
  });

  test.each([
    { where: "the archive", bytes: () => gzipSync(tarFile("zeros", Buffer.alloc(2_000_000))) },
    {
      where: "a layer in it",
      bytes: () => tarFile("layer", gzipSync(tarFile("zeros", Buffer.alloc(2_000_000)))),
    },
  ])("what swells beyond measure in $where is refused, unless it is let through", async ({ bytes }) => {
    const scan = (maxInflated: number): Promise<unknown> => scanBytes(bytes(), undefined, { maxInflated });
    await expect(scan(1_000_000)).rejects.toMatchObject({ code: "ARCHIVE_TOO_LARGE" });
    await scan(3_000_000);
  });

  test("a flood of entries is refused", async () => {
    const block = Buffer.concat(
      Array.from({ length: 1000 }, (_, i) => tarHeader({ name: `e${i}`, type: "5" })),
    );
    const flood = Buffer.concat(Array.from({ length: 101 }, () => block));

    await expect(scanBytes(gzipSync(flood))).rejects.toMatchObject({ code: "ARCHIVE_INVALID" });
  });

  test("a tar that breaks off is refused at every block, or lacks the entries that are gone", async () => {
    const whole = Buffer.concat([tarFile("a", "x".repeat(600)), tarFile("b", layer), endMark]);
    const outcomes = new Set<string>();
    for (let length = 512; length <= whole.length; length += 512) {
      const outcome = await scanBytes(whole.subarray(0, length)).then(
        ({ index }) => [...index.entries.keys()].join(),
        (error: { code: string }) => error.code,
      );
      outcomes.add(outcome);
    }

    expect(outcomes).toEqual(new Set(["ARCHIVE_DAMAGED", "a", "a,b"]));
  });
});

describe("layers that are damaged", () => {
  const flipped = gzipSync(layer);
  flipped[flipped.length - 6] = (flipped.at(-6) ?? 0) ^ 1;

  test.each([
    ["garbage behind gzip", Buffer.concat([gzipSync(layer), Buffer.from("garbage")])],
    ["gzip cut off", gzipSync(layer).subarray(0, -9)],
    ["gzip with a wrong checksum", flipped],
    ["zstd cut off", zstdFrame(layer).subarray(0, -9)],
    ["garbage behind zstd", Buffer.concat([zstdFrame(layer), Buffer.from("garbage")])],
  ])("are told, not thrown, since no image may need them: %s", async (_, bytes) => {
    const { index } = await scanBytes(Buffer.concat([tarFile("blob", bytes), tarFile("next", "x"), endMark]));

    expect(getFile(index, "blob")).toMatchObject({ damage: expect.stringMatching(/^Cannot/) as string });
    expect(getFile(index, "blob").layer).toBeUndefined();
    expect(getFile(index, "next").digest).toBe(digestOf("x"));
  });

  test("a bomb is followed up to a limit", async () => {
    const bomb = tarFile("bomb", zstdBomb(100));
    const { index } = await scanBytes(Buffer.concat([bomb, endMark]), "file", { maxLayerSize: 1024 * 1024 });

    expect(getFile(index, "bomb").damage).toContain("more than 1048576 bytes");
  });

  test("several members, and a layer that is no tar that anybody reads, keep their diffID", async () => {
    const members = Buffer.concat([gzipSync(layer.subarray(0, 100)), gzipSync(layer.subarray(100))]);
    const broken = Buffer.concat([tarFile("etc/motd", "hello\n"), Buffer.alloc(512, "x")]);
    const { index } = await scanBytes(
      Buffer.concat([
        tarFile("members", members),
        tarFile("broken", broken),
        tarFile("text", gzipSync("x")),
        endMark,
      ]),
    );

    expect(getFile(index, "members").layer?.diffID).toBe(digestOf(layer));
    expect(getFile(index, "broken").layer).toMatchObject({
      diffID: digestOf(broken),
      contents: { rows: "", isComplete: false },
    });
    expect(getFile(index, "text").layer?.diffID).toBe(digestOf("x"));
  });
});

describe("memory", () => {
  test("JSON is kept up to 8 MiB, whatever its name, and all of it up to 32", async () => {
    const tar = Buffer.concat([
      tarFile("9", json(9 * 1024 * 1024)),
      ...["1", "2", "3", "4", "5"].map((name) => tarFile(name, json(7 * 1024 * 1024))),
      endMark,
    ]);
    const { index } = await scanBytes(tar);
    const kept = [...filesOf(index).values()].filter(({ bytes }) => bytes).map(({ name }) => name);

    expect(kept).toEqual(["1", "2", "3", "4"]);
    expect((await readEntry(getFile(index, "5"))).length).toBe(7 * 1024 * 1024);
  });

  test("a file that changed after the scan is noticed", async () => {
    const noise = Buffer.alloc(100_000, "noise");
    const { index } = await scanBytes(Buffer.concat([tarFile("noise", noise), endMark]));
    const file = getFile(index, "noise");
    const moved = { ...file, reopen: { ...file.reopen, offset: 100 } } as typeof file;

    await expect(readEntry(moved)).rejects.toMatchObject({ code: "ARCHIVE_CHANGED" });
  });

  test("neighbours share checkpoints", async () => {
    const blobs = Array.from({ length: 20 }, (_, i) =>
      tarFile(`blob${i}`, Buffer.alloc(1024 * 1024, `noise ${i}`)),
    );
    const { index } = await scanBytes(gzipSync(Buffer.concat([...blobs, endMark])));
    const reopens = [...filesOf(index).values()].map(({ reopen }) => reopen);
    const checkpoints = new Set(
      reopens.map((reopen) => (reopen.from === "checkpoint" ? reopen.checkpoint : undefined)),
    );

    expect(checkpoints.size).toBe(3);
    for (const file of filesOf(index).values()) {
      expect(await digestStream(openEntry(file)())).toBe(file.digest);
    }
  });
});
