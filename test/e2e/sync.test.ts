import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { fetchDigest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import { startRecordingProxy } from "../helpers/registries/recording-proxy.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const list = ["--image-list", samplePath("k3s8/k3s-images.txt")];

describeRegistries("sync", (start) => {
  let source: RunningRegistry;
  let target: RunningRegistry;

  beforeAll(async () => {
    [source, target] = await Promise.all([start(), start()]);
    await runCli(["--registry", source.host, "--no-arch-tags", ...k3sFlags("docker20", ["amd64", "arm64"])]);
  });
  afterAll(async () => {
    await Promise.all([source.stop(), target.stop()]);
  });

  test("copies a list of images, keeps going, and sends nothing where all is there", async () => {
    const folder = await makeTempFolder();
    await writeFile(join(folder, "more.txt"), `no/such:1\n${k3sNames.join("\n")}\n`);
    const failed = join(folder, "failed.txt");
    const args = ["sync", "--from", source.host, "--to", `${target.host}/k3s`, "--failed-list", failed];
    const first = await runCli([...args, "--image-list", join(folder, "more.txt")]);
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(
      /^Failed:\n.*\/k3s\/no\/such:1 \(.*more\.txt line 1\): \[IMAGE_NOT_FOUND\] .*\n\n9 images: 8 new, 0 unchanged, 1 failed$/m,
    );
    expect(await readFile(failed, "utf8")).toBe("docker.io/no/such:1\n");
    for (const name of k3sNames) {
      expect(await fetchDigest(target.host, `k3s/${name}`)).toBe(await fetchDigest(source.host, name));
    }
    expect(await fetchTags(target.host, "k3s/rancher/pause")).toEqual(["3.1", "3.1-amd64", "3.1-arm64"]);

    const proxy = await startRecordingProxy(target.host);
    const second = await runCli([
      "sync",
      "--from",
      source.host,
      "--to",
      `${proxy.host}/k3s`,
      "--json",
      ...list,
    ]);
    await proxy.stop();
    expect(second.code).toBe(0);
    const { images } = JSON.parse(second.stdout) as { images: { outcome: string }[] };
    expect(images.map(({ outcome }) => outcome)).toEqual(k3sNames.map(() => "unchanged"));
    expect(proxy.requests.filter(({ bytes }) => bytes > 0)).toEqual([]);
  });

  test("copies chosen platforms, and looks without sending anything", async () => {
    const args = [
      "sync",
      "--from",
      source.host,
      "--to",
      target.host,
      "--platform",
      "linux/arm64",
      "rancher/pause:3.1",
    ];
    const dry = await runCli([...args, "--dry-run", "--rename", "rancher/pasue:3.1=pause:3.1"]);
    expect(dry).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("--rename rancher/pasue:3.1=pause:3.1 changes the name of no image"),
      stdout: expect.stringContaining("Dry run, 1 image: 1 new, 0 unchanged. Nothing was sent."),
    });
    expect(dry.stderr).not.toMatch(/^pushed/m);
    expect(await fetchDigest(target.host, "rancher/pause:3.1")).toBeUndefined();
    const lacking = await runCli([...args, "--platform", "linux/s390x"]);
    expect(lacking).toMatchObject({ code: 65, stdout: expect.stringContaining("[PLATFORM_MISSING]") });
    const allowed = await runCli([...args, "--platform", "linux/s390x", "--allow-missing"]);
    expect(allowed).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("rancher/pause:3.1: lacks linux/s390x, has "),
    });
    const { images } = await judgeList(`${source.host}/rancher/pause:3.1`);
    const arm64 = images.find(({ platform }) => platform === "linux/arm64");
    expect(await fetchDigest(target.host, "rancher/pause:3.1")).toBe(arm64?.digest);
    const whole = await runCli(args.filter((arg) => !/^--platform$|^linux/.test(arg)));
    expect(whole.stdout).toContain(
      `back: airgap-load copy docker://${target.host}/rancher/pause@${arm64?.digest}`,
    );
  });

  test.each([
    { args: ["sync", "busybox"], code: 64 },
    { args: ["sync", "--to", "HOST", "quay.io/a/b:1", "a/b:1"], code: 64 },
    { args: ["sync", "--to", "HOST"], code: 64 },
    { args: ["sync", "--from", "127.0.0.1:1", "--to", "HOST", "busybox"], code: 69 },
    { args: ["sync", "--from", "HOST", "--to", "127.0.0.1:1", "busybox"], code: 69 },
  ])("$args ends with $code", async ({ args, code }) => {
    expect(await runCli(args.map((arg) => (arg === "HOST" ? target.host : arg)))).toMatchObject({ code });
  });
});
