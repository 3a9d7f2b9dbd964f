import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sArchitectures, k3sArchive, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { programCommand } from "../helpers/processes/program-command.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";

const root = resolve(import.meta.dirname, "../..");

/** The folders that a site would have: the program, the archives with their sums, and one for the outcome. */
async function prepareSite(): Promise<{ bin: string; archives: string; output: string }> {
  const folder = await makeTempFolder();
  const site = {
    bin: join(folder, "bin"),
    archives: join(folder, "archives"),
    output: join(folder, "output"),
  };
  for (const path of Object.values(site)) await mkdir(path);
  await writeFile(join(site.bin, "airgap-load"), `#!/bin/sh\nexec "${programCommand.join('" "')}" "$@"\n`);
  await chmod(join(site.bin, "airgap-load"), 0o755);
  for (const architecture of k3sArchitectures) {
    const path = samplePath(k3sArchive("docker20", architecture));
    await copyFile(path, join(site.archives, `k3s-airgap-images-${architecture}.tar.gz`));
  }
  await copyFile(samplePath("k3s8/docker20/sha256sum.txt"), join(site.archives, "sha256sum.txt"));
  return site;
}

test("the runbook loads k3s's archives, and leaves reports and the mirror lines", async () => {
  await using registry = await startTestRegistry();
  const { bin, archives, output } = await prepareSite();
  const env = { PATH: `${bin}${delimiter}${process.env["PATH"]}`, HOME: await makeTempFolder() };
  const run = (): Promise<{ stdout: string }> =>
    promisify(execFile)(join(root, "samples/runbooks/load-k3s.sh"), [registry.host, archives, output], {
      env,
    });
  const { stdout } = await run();
  expect(stdout).toContain("Dry run, 8 images for ");
  for (const name of k3sNames) {
    const { images } = await judgeList(`${registry.host}/${name}`);
    expect(images.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64", "linux/arm/v7"]);
  }
  expect((await readdir(output)).sort()).toEqual([
    "failed.txt",
    "registries.yaml",
    "report.html",
    "report.json",
  ]);
  expect(await readFile(join(output, "failed.txt"), "utf8")).toBe("");
  const { mirrors } = parse(await readFile(join(output, "registries.yaml"), "utf8"));
  expect(mirrors["docker.io"].endpoint).toEqual([`http://${registry.host}`]);
  const tags = await registry.snapshot();
  await run();
  expect(await registry.snapshot()).toEqual(tags);
});
