import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { type Family, pushImage, pushList } from "../helpers/registries/push-by-hand.ts";
import { dockerOnly, ociOnly } from "../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const typesOf = {
  oci: "application/vnd.oci.image",
  docker: "application/vnd.docker.distribution",
} as const;
const takes = { oci: ociOnly, docker: dockerOnly };

let source: TestRegistry;

/** `app:oci` and `app:docker` are lists of two images of that family. */
beforeAll(async () => {
  source = await startTestRegistry();
  for (const family of ["oci", "docker"] as const) {
    const amd64 = await pushImage(source.host, "app:a", { family, machine: 62, claimed: "amd64" });
    const arm64 = await pushImage(source.host, "app:b", { family, machine: 183, claimed: "arm64" });
    await pushList(source.host, `app:${family}`, family, [amd64, arm64]);
  }
});
afterAll(() => source.stop());

async function expectFamily(reference: string, family: Family): Promise<void> {
  const { mediaType, images } = await judgeList(reference);
  const types = [mediaType, ...images.map((image) => image.mediaType)];
  expect(types.map((type) => type.startsWith(typesOf[family]))).toEqual([true, true, true]);
}

describe.each([
  ["oci", "docker"],
  ["docker", "oci"],
] as const)("a registry that takes only %s's types", (family, other) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry({ faults: [takes[family]()] });
    return () => registry.stop();
  });
  const from = (): string => `docker://${source.host}/app:${other}`;

  test("gets a copy of a list converted, told with both digests, and the same one again", async () => {
    const to = `docker://${registry.host}/app:1`;
    const { code, stdout, stderr } = await runCli(["copy", from(), to]);
    const digest = await fetchDigest(registry.host, "app:1");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${registry.host}/app:1@${digest}\n` });
    const before = await fetchDigest(source.host, `app:${other}`);
    expect(stderr).toContain(`its digest ${before} becomes ${digest}`);
    await expectFamily(`${registry.host}/app:1`, family);
    expect(await runCli(["copy", from(), to])).toMatchObject({ code: 0, stdout });
  });

  test("keeps a copy out with --preserve-digests", async () => {
    const args = ["--preserve-digests", from(), `docker://${registry.host}/app:1`];
    const { code, stderr } = await runCli(["copy", ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("[DIGEST_NOT_KEPT]")]);
    expect(await registry.snapshot()).toEqual({});
  });

  test("gets a synced list converted, which is unchanged afterwards, also in a dry run", async () => {
    const args = ["sync", "--json", "--to", registry.host, `${source.host}/app:${other}`];
    const outcomes = [];
    for (const more of [["--dry-run"], [], [], ["--dry-run"]]) {
      outcomes.push((JSON.parse((await runCli([...args, ...more])).stdout) as Synced).images[0]?.outcome);
    }
    expect(outcomes).toEqual(["pushed", "pushed", "unchanged", "unchanged"]);
    await expectFamily(`${registry.host}/app:${other}`, family);
  });

  test("keeps what is asked for by digest out of a sync, and takes the others", async () => {
    const digest = await fetchDigest(source.host, `app:${other}`);
    const args = [
      "sync",
      "--to",
      registry.host,
      `${source.host}/app:pin@${digest}`,
      `${source.host}/app:${family}`,
    ];
    const { code, stdout } = await runCli(args);
    expect([code, stdout]).toEqual([1, expect.stringContaining("it is asked for by it")]);
    expect(await registry.tags("app")).not.toContain("pin");
    await expectFamily(`${registry.host}/app:${family}`, family);
  });

  test("takes the archives that save writes on request", async () => {
    const path = join(await makeTempFolder(), "app.tar");
    const saved = await runCli(["save", "--format", family, "-o", path, `${source.host}/app:${other}`]);
    expect(saved).toMatchObject({ code: 0, stderr: expect.stringContaining(`(--format ${family})`) });
    const loaded = await runCli(["--registry", registry.host, path]);
    expect(loaded).toMatchObject({ code: 0, stderr: expect.not.stringContaining("converted") });
  });
});

describe("a registry that takes only Docker's types, and archives of Docker 26", () => {
  test("come together, and verify knows what became of them", async () => {
    await using registry = await startTestRegistry({ faults: [dockerOnly()] });
    const archives = ["amd64", "arm64"].map((word) =>
      samplePath(`k3s8/docker26-containerd/k3s-airgap-images-${word}.tar.gz`),
    );
    expect(await runCli(["--registry", registry.host, ...archives])).toMatchObject({ code: 0 });
    await expectFamily(`${registry.host}/rancher/pause:3.1`, "docker");
    const { code, stdout } = await runCli(["verify", registry.host, ...archives]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("converted to Docker's media types")]);
    expect(stdout).toMatch(/, 0 failed\n$/);
  });
});

test("a signature that comes along keeps an image from being converted", async () => {
  await using registry = await startTestRegistry({ faults: [ociOnly()] });
  const digest = (await fetchDigest(source.host, "app:docker")) ?? "";
  const signature = `app:${digest.replace(":", "-")}.sig`;
  await pushImage(source.host, signature, { family: "oci", machine: 62, claimed: "amd64" });
  const args = ["--referrers", `docker://${source.host}/app:docker`, `docker://${registry.host}/app:1`];
  const { code, stderr } = await runCli(["copy", ...args]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(".sig refers to it")]);
});

describeWith(findMissing("skopeo", "crane"), "what was converted", () => {
  test.each(["oci", "docker"] as const)("to %s is pulled by skopeo and crane", async (family) => {
    await using registry = await startTestRegistry({ faults: [takes[family]()] });
    const from = `docker://${source.host}/app:${family === "oci" ? "docker" : "oci"}`;
    expect(await runCli(["copy", from, `docker://${registry.host}/app:1`])).toMatchObject({ code: 0 });
    const folder = await makeTempFolder();
    const copied = [
      "--src-tls-verify=false",
      `docker://${registry.host}/app:1`,
      `dir:${join(folder, "copied")}`,
    ];
    await runProgram("skopeo", "--insecure-policy", "copy", "--quiet", "--all", ...copied);
    const layout = join(folder, "layout");
    await runProgram("crane", "pull", "--insecure", "--format=oci", `${registry.host}/app:1`, layout);
    const checked = await runProgram("crane", "validate", "--insecure", "--remote", `${registry.host}/app:1`);
    expect(checked).toContain("PASS");
  });
});

interface Synced {
  readonly images: readonly { readonly outcome: string }[];
}

test.each([
  ["save", (file: string) => ["save", "-o", file, `${source.host}/app:docker`]],
  ["copy", (file: string) => ["copy", `docker://${source.host}/app:docker`, `oci-archive:${file}:1.0`]],
])("%s warns where a layout keeps Docker's types, and not where it does not", async (_name, words) => {
  const file = join(await makeTempFolder(), "app.tar");
  const warning = expect.stringContaining("skopeo and podman do not find a name in an image layout");
  expect(await runCli(words(file))).toMatchObject({ code: 0, stderr: warning });
  expect((await runCli([...words(file), "--format", "oci"])).stderr).not.toEqual(warning);
});
