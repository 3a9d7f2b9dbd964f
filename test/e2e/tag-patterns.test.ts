import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LayoutBuilder } from "../helpers/archives/layout-builder.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const tags = ["v1.2.0", "v1.2.0-amd64", "v1.9.0", "v1.10.0", "v2.0.0", "latest"];

let source: TestRegistry;
let target: TestRegistry;
beforeEach(async () => {
  [source, target] = await Promise.all([startTestRegistry(), startTestRegistry()]);
  const layout = new LayoutBuilder();
  for (const tag of tags) layout.root(await layout.image(tag), `site/app:${tag}`);
  const path = join(await makeTempFolder(), "app.tar");
  await writeFile(path, await layout.tar().build());
  await runCli(["--registry", source.host, "--no-arch-tags", path]);
});
afterEach(() => Promise.all([source.stop(), target.stop()]));

function sync(...args: readonly string[]): ReturnType<typeof runCli> {
  return runCli(["sync", "--from", source.host, "--to", target.host, ...args]);
}

test("sync copies the tags that a pattern means, the newest of them, after a dry run that copies none", async () => {
  const args = ["--newest", "2", "site/app:^1.2"];
  const dry = await sync("--dry-run", ...args);
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining("site/app:v1.10.0") as string });
  expect(await fetchTags(target.host, "site/app")).toEqual([]);

  expect(await sync(...args)).toMatchObject({ code: 0 });
  expect(await fetchTags(target.host, "site/app")).toEqual(["v1.10.0", "v1.9.0"]);
});

test("a pattern may stand in an image list, beside names", async () => {
  const list = join(await makeTempFolder(), "images.txt");
  await writeFile(list, "# what we run\nsite/app:v1.*\nsite/app:latest\n");

  expect(await sync("--image-list", list)).toMatchObject({ code: 0 });
  expect(await fetchTags(target.host, "site/app")).toEqual(["latest", "v1.10.0", "v1.2.0", "v1.9.0"]);
});

test("save prints what a pattern means as an image list, and saves just that", async () => {
  const folder = await makeTempFolder();
  const args = ["save", "-o", join(folder, "app.tar"), "--from", source.host, "site/app:/^v[12]/"];
  const dry = await runCli([...args, "--dry-run"]);
  const names = ["v2.0.0", "v1.10.0", "v1.9.0", "v1.2.0"].map((tag) => `docker.io/site/app:${tag}`);

  expect(dry.stdout).toMatch(/^# .*app\.tar: 4 images, [\d.]+ k?B$/m);
  expect(dry.stdout.split("\n").filter((line) => line && !line.startsWith("#"))).toEqual(names);
  const list = join(folder, "images.txt");
  await writeFile(list, dry.stdout);
  const listed = ["save", "-o", join(folder, "listed.tar"), "--from", source.host, "--image-list", list];
  const [saved, again] = [await runCli([...args, "--json"]), await runCli([...listed, "--json"])];
  const digests = [saved, again].map(({ stdout }) => (JSON.parse(stdout) as Saved).archives[0]?.sha256);

  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(digests[1]).toBe(digests[0]);
});

interface Saved {
  readonly archives: readonly { readonly sha256: string }[];
}

test("patterns that mean nothing are told, all at once", async () => {
  const { code, stderr } = await sync("site/app:^7", "site/none:*", "site/app:v1.*");

  expect({ code, stderr }).toMatchObject({
    code: 65,
    stderr: expect.stringContaining("TAG_PATTERN_UNMET") as string,
  });
  expect(stderr).toContain("site/app:^7");
  expect(stderr).toContain("site/none:*");
  expect(stderr).not.toContain("site/app:v1.*");
});

test("--newest without a pattern is an error, not a way to get all", async () => {
  expect(await sync("--newest", "2", "site/app:latest")).toMatchObject({ code: 64 });
});
