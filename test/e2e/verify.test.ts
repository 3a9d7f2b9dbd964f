import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import * as faults from "../helpers/registries/registry-faults.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

describeRegistries("verify", (start) => {
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await start();
    await runCli(["--registry", `${registry.host}/k3s`, ...k3sFlags("docker20")]);
  });
  afterAll(() => registry.stop());

  test("passes what a load has published, told as the load was", async () => {
    const { code, stdout } = await runCli(["verify", `${registry.host}/k3s`, ...k3sFlags("docker20")]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines.filter((line) => line.startsWith("PASS"))).toHaveLength(8);
    expect(lines.at(-2)).toBe("8 images: 8 passed, 0 failed");
  });

  test("fails what is not of the archives, what lacks, and what is for another machine than it says", async () => {
    const folder = await makeTempFolder();
    const name = "k3s/rancher/pause:3.1";
    const aarch64 = 0xb7;
    const entries = [
      await pushImage(registry.host, name, { family: "docker", claimed: "amd64", machine: aarch64 }),
      await pushImage(registry.host, name, { family: "docker", claimed: "arm64", machine: aarch64 }),
    ];
    await pushList(registry.host, name, "docker", entries);
    await writeFile(
      join(folder, "images.txt"),
      "rancher/pause:3.1\nrancher/none:1 # not there\nrancher/pause:3.2\n",
    );
    const args = ["--image-list", join(folder, "images.txt"), "--platform", "linux/amd64,linux/arm"];
    const listed = ["--failed-list", join(folder, "failed.txt")];
    const { code, stdout } = await runCli(["verify", "--prefix", "k3s", ...args, ...listed, registry.host]);
    expect(code).toBe(1);
    expect(
      stdout
        .replaceAll(/ +/g, " ")
        .replaceAll(/[0-9a-f]{64}/g, "HEX")
        .split("\n"),
    ).toEqual([
      " IMAGE PASSED FOR DIGEST OR FAULT",
      `FAIL ${registry.host}/${name} arm64 amd64: its binaries are arm64 (1 of 1 binary); arm: the list has no such image`,
      `FAIL ${registry.host}/k3s/rancher/none:1 - there is no such tag (${folder}/images.txt line 2)`,
      `FAIL ${registry.host}/k3s/rancher/pause:3.2 - there is no such tag, the nearest is 3.1 (${folder}/images.txt line 3)`,
      "",
      "3 images: 0 passed, 3 failed",
      "",
    ]);
    expect(await readFile(join(folder, "failed.txt"), "utf8")).toBe(
      "docker.io/rancher/pause:3.1\ndocker.io/rancher/none:1\ndocker.io/rancher/pause:3.2\n",
    );
    const again = await runCli([
      "verify",
      "--json",
      `${registry.host}/k3s`,
      ...k3sFlags("docker20", ["arm64"]),
    ]);
    const { passed, images } = JSON.parse(again.stdout) as { passed: boolean; images: { passed: boolean }[] };
    expect([again.code, passed, images.filter((image) => !image.passed).length]).toEqual([1, false, 1]);
    expect(images).toHaveLength(k3sNames.length);
  });

  test.each([
    [["verify"], 64],
    [["verify", "HOST"], 64],
    [["verify", "127.0.0.1:1", "--image-list", samplePath("k3s8/k3s-images.txt")], 69],
  ])("%j ends with %i", async (args, code) => {
    const result = await runCli(args.map((arg) => (arg === "HOST" ? registry.host : arg)));
    expect(result).toMatchObject({ code, stdout: "" });
  });
});

test("verify believes GET where HEAD says that there is nothing, as Nexus did", async () => {
  await using registry = await startTestRegistry();
  const flags = [registry.host, ...k3sFlags("docker20", ["amd64", "arm64"])];
  expect((await runCli(["--registry", ...flags])).code).toBe(0);
  registry.faults = [faults.manifestHeadStatus(404), faults.blobHeadStatus(404)];
  expect((await runCli(["verify", ...flags])).code).toBe(0);
});
