import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { missingContainerd, startContainerd, type Containerd } from "../helpers/judges/containerd.ts";
import { missingPodman, startPodman } from "../helpers/judges/podman.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
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

test("--print-mirrors daemon.json prints JSON alone, and what docker cannot have elsewhere", async () => {
  await using registry = await startTestRegistry();
  const args = ["--registry", `${registry.host}/site`, ...k3sFlags("docker20", ["amd64"])];
  const { code, stdout, stderr } = await runCli([...args, "--print-mirrors", "daemon.json"]);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ "insecure-registries": [registry.host] });
  expect(stderr).toContain("note: docker does not mirror docker.io there");
});

/** Loads below a path, one image elsewhere; gives the file for nodes. */
async function writeRegistriesConf(host: string): Promise<string> {
  const args = ["--registry", `${host}/site`, "--rename", "rancher/pause=else/pause"];
  const flags = k3sFlags("docker26-containerd", ["amd64"]);
  const { stdout } = await runCli([...args, ...flags, "--print-mirrors", "registries.conf"]);
  const path = join(await makeTempFolder(), "registries.conf");
  await writeFile(path, stdout);
  return path;
}

const names = ["docker.io/rancher/pause:3.1", "docker.io/rancher/klipper-lb:v0.3.4"];

describeWith(missingSkopeo, "skopeo", () => {
  test.each(names)("reads %s with --print-mirrors registries.conf", async (name) => {
    await using registry = await startTestRegistry();
    const conf = await writeRegistriesConf(registry.host);
    const told = await runProgram(
      "skopeo",
      "--registries-conf",
      conf,
      "inspect",
      "--raw",
      `docker://${name}`,
    );

    expect(JSON.parse(told)).toMatchObject({ schemaVersion: 2 });
  });
});

describeWith(missingPodman, "podman", () => {
  test("pulls under the names of Docker Hub with --print-mirrors registries.conf", async () => {
    await using registry = await startTestRegistry();
    const conf = await writeRegistriesConf(registry.host);
    await using podman = await startPodman();

    for (const name of names) expect(await podman.pull(name, conf)).toMatch(/^[0-9a-f]{64}$/);
  });
});
