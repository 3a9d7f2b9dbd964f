import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { k3sArchive, k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";

test("--report keeps what --json tells, with archives, times, versions and what was there before", async () => {
  await using registry = await startTestRegistry();
  const folder = await makeTempFolder();
  const [json, page] = [join(folder, "load.json"), join(folder, "load.html")];
  const load = ["--registry", registry.host];
  await runCli([...load, ...k3sFlags("docker20", ["arm64"])]);
  const before = await fetchDigest(registry.host, "rancher/pause:3.1");
  const args = [...load, ...k3sFlags("docker20"), "--json", "--report", json, "--report", page];
  const { code, stdout } = await runCli(args);
  expect(code).toBe(0);
  const kept = JSON.parse(await readFile(json, "utf8"));
  expect(kept).toMatchObject(JSON.parse(stdout));
  expect(kept.archives.map(({ title }: { title: string }) => title).sort()).toEqual(
    k3sFlags("docker20")
      .filter((word) => word.endsWith(".gz"))
      .sort(),
  );
  expect(kept.versions.airgapLoad).toMatch(/^\d+\.\d+\.\d+/);
  expect(Date.parse(kept.endedAt)).toBeGreaterThanOrEqual(Date.parse(kept.startedAt));
  const html = await readFile(page, "utf8");
  expect(html).toContain(`rancher/pause@${before} docker://${registry.host}/rancher/pause:3.1`);
});

test("--report tells why a run failed", async () => {
  const json = join(await makeTempFolder(), "load.json");
  const args = ["--dry-run", "--offline", "--amd64", samplePath(k3sArchive("docker20", "arm64"))];
  const { code } = await runCli([...args, "--report", json]);
  expect(code).toBe(65);
  expect(JSON.parse(await readFile(json, "utf8")).error).toMatchObject({ code: "PLATFORM_UNSETTLED" });
});

test.each([
  { path: "report.txt", code: 64, says: ".json or .html" },
  { path: "no-such-folder/report.html", code: 73, says: "no-such-folder" },
])("--report $path is refused before anything is read", async ({ path, code, says }) => {
  const result = await runCli(["--dry-run", "--offline", "--amd64", "no-such.tar", "--report", path]);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(says);
});
