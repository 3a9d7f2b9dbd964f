import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { scanArchive } from "../../../src/archive/scan/scan-archive.ts";
import { openFilesIn } from "../../helpers/open-files.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { endMark, tarFile } from "../../helpers/archives/tar-blocks.ts";

const large = Buffer.alloc(3_000_000, "all kinds of text, ");
const tar = Buffer.concat([tarFile("a", large), tarFile("b", large), endMark]);
const gzip = gzipSync(tar);
const flipped = Buffer.from(gzip);
flipped.fill(0xff, 3000, 3010);

const cases: readonly (readonly [string, Readonly<Record<string, Buffer>>])[] = [
  ["whole", { "a.tar": tar }],
  ["whole, with more behind its end", { "a.tar": Buffer.concat([tar, large]) }],
  ["no archive", { "a.tar": large }],
  ["cut off", { "a.tar": tar.subarray(0, 4_000_000) }],
  ["of two bad headers", { "a.tar": Buffer.concat([tarFile("a", large), large, large]) }],
  ["gzip that is damaged", { "a.tar.gz": flipped }],
  ["gzip around no tar", { "a.tar.gz": gzipSync(large) }],
  ["gzip that is cut off", { "a.tar.gz": gzip.subarray(0, 5000) }],
  [
    "in parts that are damaged",
    { "a.tar.gz.part00": flipped.subarray(0, 5000), "a.tar.gz.part01": flipped.subarray(5000) },
  ],
  ["a folder with a damaged layer", { "images/index.json": large, "images/l": flipped }],
];

test.each(cases)(
  "no file of an archive is open any more once it was read, or refused: one that is %s",
  async (_, files) => {
    const folder = await realpath(await makeTempFolder());
    await mkdir(join(folder, "images"));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const [first = ""] = Object.keys(files);
    const path = join(folder, first.startsWith("images/") ? "images" : first);
    const settings = { title: "a", spoolDirectory: join(folder, "spool"), layerCompression: "gzip" } as const;
    const open = await scanArchive({ path }, settings).then(
      () => openFilesIn(folder),
      () => openFilesIn(folder),
    );
    expect(open).toEqual([]);
  },
);
