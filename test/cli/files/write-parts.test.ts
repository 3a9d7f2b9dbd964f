import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeParts } from "../../../src/cli/files/write-parts.ts";
import { sha256Hex } from "../../helpers/archives/sha256-hex.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

describe("writeParts", () => {
  test("writes parts of that size whatever the chunks, with a sum of each and of the whole", async () => {
    const path = join(await makeTempFolder(), "images.tar");
    const { size, sha256, parts } = await writeParts(path, chunksOf("abcdefgh", "ij", "k"), 4);

    const texts = ["abcd", "efgh", "ijk"];
    const names = ["images.tar.part001", "images.tar.part002", "images.tar.part003"];
    expect([size, sha256]).toEqual([11, sha256Hex(Buffer.from("abcdefghijk"))]);
    expect([...parts]).toEqual(names.map((name, i) => [name, sha256Hex(Buffer.from(texts[i] ?? ""))]));
    for (const [i, name] of names.entries()) {
      expect(await readFile(join(path, "..", name), "utf8")).toBe(texts[i]);
    }
  });

  test.each([4, 9])("writes one file under its own name where it fits: %i bytes", async (partSize) => {
    const folder = await makeTempFolder();
    const { parts } = await writeParts(join(folder, "images.tar"), chunksOf("abcd"), partSize);

    expect([await readdir(folder), parts.size]).toEqual([["images.tar"], 0]);
  });

  test("takes away parts and checksums of an earlier run, and nothing else", async () => {
    const folder = await makeTempFolder();
    for (const name of [
      "a.part001",
      "a.part002",
      "a.part003",
      "a.part004",
      "a.sha256sum",
      "a.partners",
      "b.part003",
    ]) {
      await writeFile(join(folder, name), "old");
    }
    await writeParts(join(folder, "a"), chunksOf("abcdef"), 3);

    expect((await readdir(folder)).sort()).toEqual(["a.part001", "a.part002", "a.partners", "b.part003"]);
    expect(await readFile(join(folder, "a.part001"), "utf8")).toBe("abc");

    await writeParts(join(folder, "a"), chunksOf("abc"), 3);
    expect((await readdir(folder)).sort()).toEqual(["a", "a.partners", "b.part003"]);
  });

  test("leaves the old parts, and nothing else, where the new ones do not come to their end", async () => {
    const folder = await makeTempFolder();
    await writeFile(join(folder, "a.part001"), "old");
    await expect(writeParts(join(folder, "a"), broken(), 4)).rejects.toThrow("line cut");

    expect(await readdir(folder)).toEqual(["a.part001"]);
    expect(await readFile(join(folder, "a.part001"), "utf8")).toBe("old");
  });
});

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("too short by far");
  throw new Error("line cut");
}
