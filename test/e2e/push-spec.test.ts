import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { fetchDigest, fetchManifest } from "../helpers/registries/fetch-bytes.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import type { RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

describeRegistries("push-spec", (start) => {
  let registry: RunningRegistry;
  const flags = k3sFlags("docker20", ["amd64", "arm64"]);

  beforeAll(async () => {
    registry = await start();
    await runCli(["--registry", registry.host, ...flags]);
  });
  afterAll(() => registry.stop());

  /** The images of the list that a spec in this file describes are pushed as one, under `spec/pause:1`. */
  async function pushSpec(text: string, ...args: readonly string[]): ReturnType<typeof runCli> {
    const file = join(await makeTempFolder(), "list.yaml");
    await writeFile(file, `image: ${registry.host}/spec/pause:1\n${text}`);
    return runCli(["push-spec", ...args, file]);
  }

  test("publishes again what a load has written down, digest for digest", async () => {
    const written = join(await makeTempFolder(), "lists.yaml");
    expect((await runCli(["--registry", registry.host, "--write-spec", written, ...flags])).code).toBe(0);
    const before = await Promise.all(k3sNames.map((name) => fetchDigest(registry.host, name)));
    const { code, stdout } = await runCli(["push-spec", written]);
    expect(code).toBe(0);
    const digests = [...stdout.matchAll(/^Digest: (sha256:[0-9a-f]{64}) \d+$/gm)].map(([, digest]) => digest);
    expect(new Set(digests)).toEqual(new Set(before));
    expect(await readFile(written, "utf8")).toContain(`image: ${registry.host}/rancher/pause:3.1\n`);
  });

  test("brings images of other repositories, under all tags, for the platforms that it names", async () => {
    const pause = `${registry.host}/rancher/pause:3.1`;
    const { code, stdout } = await pushSpec(`tags: [1.10]
manifests:
  - { image: "${pause}-amd64", platform: { os: linux, architecture: amd64, variant: v3 } }
  - { image: "${pause}", platform: { os: linux, architecture: arm64, variant: v8 } }
`);
    const digest = await fetchDigest(registry.host, "spec/pause:1");
    expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^Digest: ${digest} \\d+\n$`))]);
    expect(await fetchDigest(registry.host, "spec/pause:1.10")).toBe(digest);
    const { images } = await judgeList(`${registry.host}/spec/pause:1`);
    expect(images.map(({ platform }) => platform)).toEqual(["linux/amd64/v3", "linux/arm64/v8"]);
  });

  test("keeps what an image of a list has beyond what is said of it: Windows' version and features", async () => {
    const pause = `${registry.host}/rancher/pause:3.1-amd64`;
    const windows = '{ os: windows, architecture: amd64, os.version: "10.0.17763.1", os.features: [win32k] }';
    await pushSpec(`manifests: [{ image: "${pause}", platform: ${windows} }, { image: "${pause}" }]`);
    const said = "{ os: windows, architecture: amd64 }";
    await pushSpec(`manifests: [{ image: "${registry.host}/spec/pause:1", platform: ${said} }]`);
    const list = JSON.parse((await fetchManifest(registry.host, "spec/pause", "1")).toString()) as unknown;
    const wanted = { os: "windows", "os.version": "10.0.17763.1", "os.features": ["win32k"] };
    expect(list).toMatchObject({ manifests: [{ platform: wanted }] });
  });

  test("leaves out what is missing only where it may, and refuses one platform twice", async () => {
    const pause = `${registry.host}/rancher/pause`;
    const gap = `manifests: [{ image: "${pause}:3.1-amd64" }, { image: "${pause}:none" }]`;
    expect((await pushSpec(gap)).code).toBe(66);
    const allowed = await pushSpec(gap, "--ignore-missing", "--type", "oci");
    expect([allowed.code, allowed.stderr]).toEqual([0, expect.stringContaining("warning: left out: ")]);
    const { mediaType } = JSON.parse((await fetchManifest(registry.host, "spec/pause", "1")).toString()) as {
      mediaType: string;
    };
    expect(mediaType).toBe("application/vnd.oci.image.index.v1+json");
    const none = await pushSpec(`manifests: [{ image: "${pause}:none" }]`, "--ignore-missing");
    expect([none.code, none.stderr]).toEqual([66, expect.stringContaining("none of its images is there")]);
    const twice = await pushSpec(
      `manifests: [{ image: "${pause}:3.1-amd64" }, { image: "${registry.host}/rancher/klipper-lb:v0.3.4-amd64" }]`,
    );
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining("both are for linux/amd64")]);
    const absent = await pushSpec(
      `manifests: [{ image: "${pause}:3.1", platform: { os: linux, architecture: s390x } }]`,
    );
    expect([absent.code, absent.stderr]).toEqual([
      65,
      expect.stringContaining("it has linux/amd64, linux/arm64"),
    ]);
  });

  test("names images by a template", async () => {
    const template = `${registry.host}/rancher/pause:3.1-ARCHVARIANT`;
    const args = ["--platforms", "linux/amd64,linux/arm64", "--template", template, "--annotations", "a=b"];
    const { code } = await runCli([
      "push-spec",
      ...args,
      "--target",
      `${registry.host}/args/pause:1`,
      "--tags",
      "2,3",
    ]);
    expect(code).toBe(0);
    const digests = await Promise.all(
      ["1", "2", "3"].map((tag) => fetchDigest(registry.host, `args/pause:${tag}`)),
    );
    expect(new Set(digests).size).toBe(1);
    expect(JSON.parse((await fetchManifest(registry.host, "args/pause", "1")).toString())).toMatchObject({
      annotations: { a: "b" },
    });
  });
});

test.each([
  { args: ["push-spec"], code: 64 },
  { args: ["push-spec", "--platforms", "amd64", "--template", "a:ARCH"], code: 64 },
  { args: ["push-spec", "--target", "a:1", "list.yaml"], code: 64 },
  { args: ["push-spec", "no-such.yaml"], code: 66 },
  { args: ["load", "--dry-run", "--offline", "--write-spec", "x.yaml", "x.tar"], code: 64 },
])("$args ends with $code", async ({ args, code }) => {
  expect(await runCli(args)).toMatchObject({ code, stdout: "" });
});
