import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sArchitectures, k3sArchive, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
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

/** The tasks of the playbook, with its variables filled in. */
async function readPlaybook(
  variables: Readonly<Record<string, string>>,
): Promise<readonly { readonly serial?: number; readonly tasks: readonly Record<string, unknown>[] }[]> {
  const text = await readFile(join(root, "samples/runbooks/load-images.yaml"), "utf8");
  return parse(text.replaceAll(/\{\{ (\w+) \}\}/g, (all, name: string) => variables[name] ?? all));
}

test("the playbook's load changes something once, says so by itself, and leaves the nodes' file where it fails", async () => {
  await using registry = await startTestRegistry();
  const { archives, output } = await prepareSite();
  const run = async (host: string): Promise<{ code: number | null; changed: unknown; mirrors: string }> => {
    const [jumpHost] = await readPlaybook({ registry: host, archives, output });
    const { "ansible.builtin.command": command, ...task } =
      jumpHost?.tasks.find((each) => "ansible.builtin.command" in each) ?? {};
    expect(task["changed_when"]).toBe("(loaded.stdout | from_json).changed | default(false)");
    const { argv } = command as { argv: readonly string[] };
    const { code, stdout } = await runCli(argv.slice(1));
    const { changed = false } = JSON.parse(stdout) as { changed?: unknown };
    return { code, changed, mirrors: await readFile(join(output, "registries.yaml"), "utf8") };
  };
  const first = await run(registry.host);
  expect(first).toMatchObject({ code: 0, changed: true });
  expect(await run(registry.host)).toEqual({ ...first, changed: false });
  expect(await run("127.0.0.1:1")).toEqual({ ...first, code: 69, changed: false });
});

test("the playbook restarts one node after the other, and only where its file has changed", async () => {
  const [, nodes] = await readPlaybook({});
  expect(nodes).toMatchObject({ serial: 1, tasks: [{ notify: "Restart k3s" }] });
});
