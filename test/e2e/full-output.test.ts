import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage } from "../helpers/archives/built-image.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { programCommand } from "../helpers/processes/program-command.ts";
import { type CliResult, runProcess } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

/** Linux' device that is always full. */
function runInto(redirection: string, args: readonly string[]): Promise<CliResult> {
  return runProcess(args, { command: ["bash", "-c", `exec "$@" ${redirection}`, "bash", ...programCommand] });
}

async function writeArchive(folder: string): Promise<string> {
  const { config, layers } = await buildImage();
  const archive = new TarBuilder().file("config.json", config.bytes);
  for (const layer of layers) archive.file(`${layer.hex}.tar`, layer.bytes);
  const Layers = layers.map(({ hex }) => `${hex}.tar`);
  archive.json("manifest.json", [{ Config: "config.json", RepoTags: ["app:1"], Layers }]);
  const path = join(folder, "app.tar");
  await writeFile(path, await archive.build());
  return path;
}

test("a standard output on a full disk is exit code 74, and all other files are written", async () => {
  const folder = await makeTempFolder();
  const archive = await writeArchive(folder);
  const report = join(folder, "report.json");
  const args = [archive, "--to", join(folder, "images"), "--json", "--report", report];
  const { code, stderr } = await runInto("> /dev/full", args);
  expect([code, stderr]).toEqual([
    74,
    expect.stringMatching(
      /error \[FILE_NOT_WRITABLE\]: Cannot write to standard output: the disk is full \(ENOSPC\)\n$/,
    ),
  ]);
  expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({ totals: { pushed: 1 } });
  expect(await runInto("> /dev/full", ["inspect", archive])).toMatchObject({ code: 74 });
  expect(await runInto("> /dev/full", ["--help"])).toMatchObject({ code: 74 });
});

test("a standard error on a full disk keeps nothing from being done", async () => {
  const folder = await makeTempFolder();
  const args = [await writeArchive(folder), "--to", join(folder, "images"), "--verbose"];
  expect(await runInto("2> /dev/full", args)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 image for"),
  });
});
