import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { type CliResult, runCli } from "../helpers/processes/run-cli.ts";
import { fetchDigest, fetchManifest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import { send } from "../helpers/registries/send.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const app = "sha256:4e1ee8f927390a4e8af03b6763a3129ab172207e4684b8e9ae0f87dce70f2d17";
const dock = "sha256:914352dbdd31766a7b71e1a473efd3ef7ceb79a4fcb88068f064971cbf3f1ad6";
const pinned = `library/app@${app}`;
const names = [pinned, `rancher/dock:v3@${dock}`];

let source: TestRegistry;
beforeEach(async () => {
  source = await startTestRegistry();
  await run("--registry", source.host, "-q", await unpackBundle("ctr-1.6.20-export/all.tar"));
});
afterEach(() => source.stop());

async function run(...args: readonly string[]): Promise<CliResult> {
  const result = await runCli(args);
  if (result.code !== 0) throw new Error(`${args.join(" ")}: ${JSON.stringify(result)}`);
  return result;
}

async function save(output: string, ...platforms: readonly string[]): Promise<CliResult> {
  const only = platforms.length ? ["--platform", platforms.join(",")] : [];
  return run("save", "-q", "--from", source.host, "-o", output, ...only, ...names);
}

test.each([
  ["one archive", "all.tar", []],
  ["one an architecture", "{arch}.tar", ["linux/amd64", "linux/arm64"]],
])("images that were saved by their digests have them at the target, in %s", async (_, file, platforms) => {
  const folder = await makeTempFolder();
  expect((await save(join(folder, file), ...platforms)).stderr).not.toContain("cannot be published");
  const files = platforms.length ? ["amd64.tar", "arm64.tar"] : [file];
  const archives = files.map((name) => join(folder, name));
  const list = join(folder, "images.txt");
  await writeFile(list, `${names.join("\n")}\n`);
  await using target = await startTestRegistry();

  for (const options of [[], ["-l", list]]) {
    await run("--registry", target.host, "-q", "--strict", ...options, ...archives);
    expect((await run("verify", target.host, "-q", ...options, ...archives)).stdout).toMatch(/ 0 failed/);
  }
  expect((await run("verify", target.host, "-q", "-l", list)).stdout).toMatch(/\b0 failed/);
  expect(await fetchManifest(target.host, "library/app", app)).toEqual(
    await fetchManifest(source.host, "library/app", app),
  );
  expect(await fetchDigest(target.host, "rancher/dock:v3")).toBe(dock);
  expect(await fetchTags(target.host, "library/app")).toEqual([]);

  await send("DELETE", `${target.url}/v2/library/app/manifests/${app}`);
  for (const arguments_ of [archives, ["-l", list]]) {
    const { code, stdout } = await runCli(["verify", target.host, "-q", ...arguments_]);
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/FAIL.*app@sha256.*not there/),
    });
  }
});

test("half of what is pinned is told when it is saved, and fails by itself when it is loaded", async () => {
  const archive = join(await makeTempFolder(), "amd64.tar");
  const { stderr } = await save(archive, "linux/amd64");
  expect(stderr).toContain(`docker.io/${pinned}: its digest ${app}, which is asked for, cannot be published`);
  expect(stderr).toContain("without linux/arm64");
  await using target = await startTestRegistry();

  for (const dry of [["--dry-run"], []]) {
    const { code, stdout, stderr: told } = await runCli(["--registry", target.host, "-q", ...dry, archive]);
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining("[DIGEST_NOT_KEPT]") });
    expect(told).toMatch(/rancher\/dock:v3: its digest is new, since .* also lists linux\/arm64/);
  }
  expect(await fetchTags(target.host, "rancher/dock")).toContain("v3");
  expect((await runCli(["verify", target.host, "-q", archive])).stdout).toMatch(/FAIL.*app@sha256/);
});

test("a digest stays beside a tag that was merged with another image", async () => {
  const folder = await makeTempFolder();
  await save(join(folder, "all.tar"));
  await using target = await startTestRegistry();
  const image = { family: "docker", claimed: "386", machine: 3 } as const;
  await pushList(target.host, "rancher/dock:v3", "docker", [
    await pushImage(target.host, "rancher/dock:386", image),
  ]);

  await run("--registry", target.host, "-q", join(folder, "all.tar"));
  expect(await fetchDigest(target.host, "rancher/dock:v3")).not.toBe(dock);
  expect(await fetchManifest(target.host, "rancher/dock", dock)).toEqual(
    await fetchManifest(source.host, "rancher/dock", dock),
  );
});
