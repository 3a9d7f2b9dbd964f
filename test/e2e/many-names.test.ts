import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { buildImage } from "../helpers/archives/built-image.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { type StartedCli, startCli } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const names = Array.from({ length: 2000 }, (_, i) => `app:${i}`);

async function writeArchive(): Promise<string> {
  const { config, layers } = await buildImage();
  const archive = new TarBuilder().file(`${config.hex}.json`, config.bytes);
  for (const layer of layers) archive.file(`${layer.hex}.tar`, layer.bytes);
  archive.json("manifest.json", [
    { Config: `${config.hex}.json`, RepoTags: names, Layers: layers.map(({ hex }) => `${hex}.tar`) },
  ]);
  const path = join(await makeTempFolder(), "app.tar");
  await writeFile(path, await archive.build());
  return path;
}

test.each([
  { signal: "SIGINT", code: 130, milestone: "an archive is read", seen: untilLine },
  { signal: "SIGTERM", code: 143, milestone: "the first tag is written", seen: untilTag },
] as const)(
  "of thousands of names that go into a folder those that wait do not begin after $signal, once $milestone",
  async ({ signal, code, seen }) => {
    const folder = join(await makeTempFolder(), "images");
    const tags = join(folder, "repositories/library/app/_tags");
    await mkdir(tags, { recursive: true });
    const archive = await writeArchive();
    const tagged = once(watch(tags), "change");
    const cli = startCli([archive, "--to", folder]);
    await seen({ cli, tagged });
    cli.child.kill(signal);
    expect(await cli.result).toMatchObject({ code, signal: null });
    expect((await readdir(tags)).length).toBeLessThan(names.length);
  },
);

interface Seen {
  readonly cli: StartedCli;
  readonly tagged: Promise<unknown>;
}

async function untilLine({ cli }: Seen): Promise<void> {
  await once(createInterface(cli.child.stderr), "line");
}

async function untilTag({ tagged }: Seen): Promise<void> {
  await tagged;
}
