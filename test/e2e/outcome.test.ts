import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, describe } from "vitest";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { startRecordingProxy } from "../helpers/registries/recording-proxy.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runProcess } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const sums = samplePath("k3s8/docker20/sha256sum.txt");
const nowhere = "127.0.0.1:1";

describe(`what a run says and does against ${anyRegistry.title}`, () => {
  let registry: RunningRegistry;
  beforeEach(async () => {
    registry = await anyRegistry.start();
  });
  afterEach(() => registry.stop());

  test("--output digests gives a name with its digest a line", async () => {
    const { stdout } = await runProcess([
      "--registry",
      registry.host,
      ...k3sFlags("docker20"),
      "--output",
      "digests",
    ]);
    const wanted = k3sNames.map(async (name) => {
      const digest = await fetchDigest(registry.host, name);
      return `${registry.host}/${name}@${digest}`;
    });
    expect(stdout.trimEnd().split("\n").sort()).toEqual((await Promise.all(wanted)).sort());
  });

  test("--json gives one object on standard output", async () => {
    const { stdout } = await runProcess(["--registry", registry.host, ...k3sFlags("docker20"), "--json"]);
    expect(JSON.parse(stdout)).toEqual(expect.any(Object));
    expect(stdout).toContain(await fetchDigest(registry.host, "rancher/pause:3.1"));
  });

  test("the table names every image and its list's digest", async () => {
    const { stdout } = await runProcess(["--registry", registry.host, ...k3sFlags("docker20")]);
    for (const name of k3sNames) {
      expect(stdout).toContain(name);
      expect(stdout).toContain(await fetchDigest(registry.host, name));
    }
  });

  test("--checksums lets sound archives pass", async () => {
    const args = ["--registry", registry.host, ...k3sFlags("docker20"), "--checksums", sums];
    expect(await runProcess(args)).toMatchObject({ code: 0 });
  });

  test("--checksums that disagree are exit code 65, and no tag is set", async () => {
    const wrong = join(await makeTempFolder(), "sums.txt");
    await writeFile(wrong, (await readFile(sums, "utf8")).replace(/^./, "f"));
    const args = ["--registry", registry.host, ...k3sFlags("docker20"), "--checksums", wrong];
    const { code, stderr } = await runProcess(args);
    expect(code).toBe(65);
    expect(stderr).toContain("k3s-airgap-images-amd64.tar.gz");
    expect(await countTags()).toBe(0);
  });

  test("--image-list takes only what it names", async () => {
    const list = await writeList(
      "# the ones we want",
      "",
      "rancher/pause:3.1",
      "docker.io/rancher/klipper-lb:v0.3.4",
    );
    const { code } = await runProcess([
      "--registry",
      registry.host,
      ...k3sFlags("docker20"),
      "--image-list",
      list,
    ]);
    expect(code).toBe(0);
    expect(await countTags()).toBe(2);
    expect(await fetchDigest(registry.host, "rancher/pause:3.1")).toBeDefined();
  });

  test("--image-list with a name that no archive has is exit code 65, unless --allow-missing", async () => {
    const list = await writeList("rancher/pause:3.1", "rancher/not-there:1");
    const args = ["--registry", registry.host, ...k3sFlags("docker20"), "-l", list];
    const refused = await runProcess(args);
    expect(refused.code).toBe(65);
    expect(refused.stderr).toContain("rancher/not-there:1");
    expect(await countTags()).toBe(0);
    expect(await runProcess([...args, "--allow-missing"])).toMatchObject({ code: 0 });
    expect(await countTags()).toBe(1);
  });

  test("--dry-run sends nothing and says what would be done", async () => {
    const proxy = await startRecordingProxy(registry.host);
    const { code, stdout } = await runProcess([
      "--registry",
      proxy.host,
      ...k3sFlags("docker20"),
      "--dry-run",
    ]);
    await proxy.stop();
    expect(code).toBe(0);
    for (const name of k3sNames) expect(stdout).toContain(name);
    expect(proxy.requests.filter(({ method }) => method !== "GET" && method !== "HEAD")).toEqual([]);
  });

  test("--dry-run --offline plans without a registry", async () => {
    const { code, stdout } = await runProcess([
      "--registry",
      nowhere,
      ...k3sFlags("docker20"),
      "--dry-run",
      "--offline",
    ]);
    expect(code).toBe(0);
    for (const name of k3sNames) expect(stdout).toContain(name);
  });

  test("--require fails a run that would leave an image without one of its platforms", async () => {
    const args = ["--registry", registry.host, "--require", "linux/amd64,linux/arm64"];
    const { code, stderr } = await runProcess([...args, ...k3sFlags("docker20", ["amd64"])]);
    expect(code).toBe(1);
    expect(stderr).toContain("linux/arm64");
  });

  test("--require counts what the registry has already", async () => {
    await runProcess(["--registry", registry.host, ...k3sFlags("docker20", ["amd64"])]);
    const args = ["--registry", registry.host, "--require", "linux/amd64,linux/arm64"];
    expect(await runProcess([...args, ...k3sFlags("docker20", ["arm64"])])).toMatchObject({ code: 0 });
  });

  test("--strict makes a warning a failure before anything is published", async () => {
    const { code } = await runProcess([
      "--registry",
      registry.host,
      ...k3sFlags("docker20", ["arm64"]),
      "--strict",
    ]);
    expect(code).toBe(1);
    expect(await countTags()).toBe(0);
  });

  test("names go where --rename and --prefix send them", async () => {
    const { code } = await runProcess([
      "--registry",
      registry.host,
      ...k3sFlags("docker20"),
      "--prefix",
      "mirror",
      "--rename",
      "docker.io/rancher/pause=base/pause",
    ]);
    expect(code).toBe(0);
    expect(await fetchDigest(registry.host, "mirror/base/pause:3.1")).toBeDefined();
    expect(await fetchDigest(registry.host, "mirror/rancher/klipper-lb:v0.3.4")).toBeDefined();
    expect(await fetchDigest(registry.host, "rancher/klipper-lb:v0.3.4")).toBeUndefined();
  });

  test("an archive under the wrong flag is exit code 65 with the option to paste, and nothing is sent", async () => {
    const archive = samplePath("k3s8/docker20/k3s-airgap-images-arm64.tar.gz");
    const { code, stderr } = await runProcess(["--registry", registry.host, "--amd64", archive]);
    expect(code).toBe(65);
    expect(stderr).toContain(
      `all ${k3sNames.length} images of ${archive} are arm64, and it was given as amd64`,
    );
    expect(stderr).toContain(`--arm64 ${archive}\n`);
    expect(await countTags()).toBe(0);
  });

  async function countTags(): Promise<number> {
    const digests = await Promise.all(k3sNames.map((name) => fetchDigest(registry.host, name)));
    return digests.filter((digest) => digest !== undefined).length;
  }
});

test.each([
  { title: "an unknown option", args: ["--registry", nowhere, "--amd46", "x.tar"], code: 64 },
  { title: "an unknown word", args: ["lod"], code: 64 },
  { title: "no registry", args: ["--amd64", samplePath("derived/long25.tar.zst")], code: 64 },
  { title: "no archive", args: ["--registry", nowhere], code: 64 },
  {
    title: "standard input for an archive and for a password",
    args: ["--registry", nowhere, "--amd64", "-", "--username", "me", "--password-stdin"],
    code: 64,
  },
  {
    title: "an archive that is not there",
    args: ["--registry", nowhere, "--amd64", "no-such.tar"],
    code: 66,
  },
  { title: "a registry that is not there", args: ["--registry", nowhere, ...k3sFlags("docker20")], code: 69 },
])("$title is exit code $code, told on standard error", async ({ args, code }) => {
  const result = await runProcess(args);
  expect(result).toMatchObject({ code, stdout: "" });
  expect(result.stderr).not.toBe("");
  expect(result.stderr).not.toMatch(/\n\s+at /);
});

async function writeList(...lines: string[]): Promise<string> {
  const path = join(await makeTempFolder(), "images.txt");
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}
