import { describe, expect, test } from "vitest";
import { packTar, type PackedEntry } from "../../../src/archive/tar/pack-tar.ts";
import { readAll } from "../../helpers/chunks.ts";
import { filesOf, scanBytes } from "../../helpers/archives/scan-bytes.ts";

describe("packTar", () => {
  test("writes folders and files in the order given, which every reader of ours reads again", async () => {
    const tar = await readAll(
      packTar([{ name: "a/", size: 0 }, file("a/empty", 0), file("a/one", 1), file("a/much", 300_001)]),
    );
    expect(tar.length % 512).toBe(0);
    const { index } = await scanBytes(tar);
    const sizes = [...filesOf(index).values()].map(({ name, size }) => [name, size]);
    expect(sizes).toEqual([
      ["a/empty", 0],
      ["a/one", 1],
      ["a/much", 300_001],
    ]);
  });

  test("gives the same bytes for the same entries, whenever it is asked", async () => {
    const entries = [file("a", 5000), file("b", 10)];
    expect(await readAll(packTar(entries))).toEqual(await readAll(packTar(entries)));
  });

  test.each([
    { title: "fewer bytes than were announced", entry: { ...file("a", 100_000), size: 100_001 } },
    { title: "more bytes than were announced", entry: { ...file("a", 200_000), size: 100_000 } },
  ])("does not end well with $title", async ({ entry }) => {
    await expect(readAll(packTar([entry]))).rejects.toThrow("Size mismatch");
  });

  test("throws what a source throws", async () => {
    const broken: PackedEntry = {
      name: "a",
      size: 200_000,
      async *open() {
        yield Buffer.alloc(100_000);
        throw new Error("line cut");
      },
    };
    await expect(readAll(packTar([file("b", 10), broken]))).rejects.toThrow("line cut");
  });

  test("closes the source that it reads where the reader leaves", async () => {
    let isClosed = false;
    const endless: PackedEntry = {
      name: "a",
      size: 1e9,
      async *open() {
        try {
          for (;;) yield Buffer.alloc(65_536);
        } finally {
          isClosed = true;
        }
      },
    };
    for await (const chunk of packTar([endless])) if (chunk.length > 60_000) break;
    expect(isClosed).toBe(true);
  });
});

function file(name: string, size: number): PackedEntry {
  return {
    name,
    size,
    async *open() {
      for (let at = 0; at < size; at += 65_536) yield Buffer.alloc(Math.min(65_536, size - at), name);
    },
  };
}
