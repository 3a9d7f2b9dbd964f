import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { missingContainerd, startContainerd, type Containerd } from "../helpers/judges/containerd.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";

test("--print-registries-yaml prints YAML alone, with the scheme that the registry spoke, and the table elsewhere", async () => {
  await using registry = await startTestRegistry();
  const args = ["--registry", registry.host, ...k3sFlags("docker20", ["amd64"])];
  const { code, stdout, stderr } = await runCli([...args, "--print-registries-yaml"]);
  expect(code).toBe(0);
  const endpoint = [`http://${registry.host}`];
  expect(parse(stdout)).toEqual({ mirrors: { "docker.io": { endpoint }, [registry.host]: { endpoint } } });
  expect(stderr).toContain("8 images for ");
});

test.each([
  { title: "JSON on standard output", args: ["--json", "--registry", "host"] },
  { title: "a folder", args: ["--to", "folder"] },
])("--print-hosts-toml does not go with $title", async ({ args }) => {
  const { code, stdout } = await runCli(["--print-hosts-toml", "--amd64", "no-such.tar", ...args]);
  expect(code).toBe(64);
  expect(stdout).not.toContain("hosts.toml");
});

describeWith(missingContainerd, "containerd", () => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd();
  });
  afterAll(() => containerd.stop());

  test.each(["", "/k3s/mirror"])(
    "pulls under the names of Docker Hub with --print-hosts-toml from HOST%s",
    async (prefix) => {
      await using registry = await startTestRegistry();
      const args = ["--registry", `${registry.host}${prefix}`, ...k3sFlags("docker20", ["amd64"])];
      const { stdout } = await runCli([...args, "--print-hosts-toml"]);
      const folder = await makeTempFolder();
      for (const file of stdout.split(/^(?=# \/etc)/m)) {
        const host = /certs\.d\/(.*)\/hosts\.toml/.exec(file)?.[1] ?? "";
        await mkdir(join(folder, host));
        await writeFile(join(folder, host, "hosts.toml"), file);
      }
      await containerd.pullThrough(folder, "docker.io/rancher/pause:3.1", "linux/amd64");
      expect(registry.requests.map(({ url }) => url)).toContainEqual(
        expect.stringMatching(new RegExp(`^/v2${prefix}/rancher/pause/manifests/3\\.1`)),
      );
    },
  );
});
