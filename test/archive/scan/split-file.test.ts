import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../helpers/archives/sha256-hex.ts";
import { scanInput } from "../../helpers/archives/scan-bytes.ts";
import { samplePath } from "../../helpers/archives/samples.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";

const wholes = {
  tar: (tar: Buffer): Buffer => tar,
  gzip: (tar: Buffer): Buffer => gzipSync(tar),
};

/** Writes a file in parts under these names, and gives the path of the first. */
async function writeParts(bytes: Buffer, names: readonly string[]): Promise<string> {
  const folder = await makeTempFolder();
  const size = Math.ceil(bytes.length / names.length);
  for (const [i, name] of names.entries()) {
    await writeFile(join(folder, name), bytes.subarray(i * size, (i + 1) * size));
  }
  return join(folder, names[0] ?? "");
}

describe("a file that was split", () => {
  test.each([
    [["haul.tar.001", "haul.tar.002", "haul.tar.003"]],
    [["images.tar.aa", "images.tar.ab"]],
    [["images.tar.part1", "images.tar.part2"]],
    [["images.tar.00", "images.tar.01", "images.tar.02"]],
  ])("%j is read as one", async (names) => {
    const tar = await new TarBuilder().json("manifest.json", []).file("a", "a".repeat(9000)).build();
    for (const wrap of Object.values(wholes)) {
      const bytes = wrap(tar);
      const path = await writeParts(bytes, names);
      const { index } = await scanInput({ path });

      expect([...index.entries.keys()]).toEqual(["manifest.json", "a"]);
      expect(index).toMatchObject({ size: bytes.length, sha256: sha256Hex(bytes) });
      expect(index.notes).toEqual([`read as one file: ${names.join(", ")}`]);
    }
  });

  test("zarf's first part tells how many there are, and their sum", async () => {
    const bytes = await readFile(samplePath("derived/two-frames.tar.zst"));
    const path = await writeParts(bytes, ["p.zst.part001", "p.zst.part002"]);
    const table = join(path, "../p.zst.part000");
    await writeFile(table, JSON.stringify({ sha256Sum: sha256Hex(bytes), bytes: bytes.length, count: 2 }));
    await expect(scanInput({ path: table })).resolves.toMatchObject({ index: { size: bytes.length } });

    await writeFile(table, JSON.stringify({ sha256Sum: "0".repeat(64), bytes: bytes.length, count: 2 }));
    await expect(scanInput({ path: table })).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    await writeFile(table, JSON.stringify({ sha256Sum: sha256Hex(bytes), bytes: bytes.length, count: 3 }));
    await expect(scanInput({ path: table })).rejects.toThrow(/of its 3 parts "p.zst.part003" is not/);
  });

  test("a part that is missing is named", async () => {
    const path = await writeParts(Buffer.alloc(3000), ["i.tar.001", "i.tar.003", "i.tar.004"]);

    await expect(scanInput({ path })).rejects.toMatchObject({
      code: "ARCHIVE_INCOMPLETE",
      message: expect.stringContaining('of its 4 parts "i.tar.002" is not in the folder') as string,
    });
  });

  test("a file beside it with another ending is none of its parts", async () => {
    const tar = await new TarBuilder().json("manifest.json", []).build();
    const path = await writeParts(tar, ["images.aa"]);
    await writeFile(join(path, "../images.gz"), "");
    await writeFile(join(path, "../images.sig"), "");

    await expect(scanInput({ path })).resolves.toMatchObject({ index: { notes: [] } });
  });
});
