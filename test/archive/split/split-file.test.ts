import { readFile, rm, writeFile } from "node:fs/promises";
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

  describe("with its checksums beside it", () => {
    const names = ["i.tar.gz.part001", "i.tar.gz.part002", "i.tar.gz.part003"];

    async function writeWithSums(): Promise<string> {
      const bytes = gzipSync(
        await new TarBuilder().json("manifest.json", []).file("a", "b".repeat(900)).build(),
      );
      const path = await writeParts(bytes, names);
      const parts = await Promise.all(names.map((name) => readFile(join(path, "..", name))));
      const sums = [...parts.map((part, i) => [names[i], sha256Hex(part)]), ["i.tar.gz", sha256Hex(bytes)]];
      await writeFile(
        join(path, "../i.tar.gz.sha256sum"),
        sums.map(([name, sum]) => `${sum}  ${name}\n`).join(""),
      );
      return path;
    }

    test("it is read, each part's sum told", async () => {
      const { index } = await scanInput({ path: await writeWithSums() });
      expect(index.parts?.map(({ name }) => name)).toEqual(names);
    });

    test("the last part that is missing is named, and parts beyond are none of it", async () => {
      const path = await writeWithSums();
      await writeFile(join(path, "../i.tar.gz.part004"), "of an older archive");
      await expect(scanInput({ path })).resolves.toBeDefined();

      await rm(join(path, "..", names[2] ?? ""));
      await expect(scanInput({ path })).rejects.toThrow(/of its 3 parts "i.tar.gz.part003" is not/);
    });

    test("a part that is damaged is named", async () => {
      const path = await writeWithSums();
      const part = join(path, "..", names[1] ?? "");
      const bytes = await readFile(part);
      for (const damaged of [Buffer.concat([bytes, Buffer.from("!")]), bytes.fill(0)]) {
        await writeFile(part, damaged);
        await expect(scanInput({ path })).rejects.toMatchObject({
          code: "DIGEST_MISMATCH",
          message: expect.stringContaining('part "i.tar.gz.part002" has the sha256') as string,
        });
      }
    });
  });
});
