import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasLargeWindow } from "../../../src/archive/layers/has-large-window.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

test.each([
  ["zstd", "28b52ffd", true],
  ["zstd behind a skippable frame", "502a4d18", true],
  ["xz", "fd377a585a00", true],
  ["gzip", "1f8b08", false],
  ["nothing", "", false],
])("%s", async (_, hex, expected) => {
  const path = join(await makeTempFolder(), "images");
  await writeFile(path, Buffer.from(hex, "hex"));

  expect(await hasLargeWindow(path)).toBe(expected);
});

test("a pipe is not read, a folder and what is not there are left to the scan", async () => {
  const folder = await makeTempFolder();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);

  expect(await Promise.all([pipe, folder, join(folder, "missing")].map(hasLargeWindow))).toEqual([
    false,
    false,
    false,
  ]);
});
