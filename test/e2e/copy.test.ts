import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { fetchDigest, fetchManifest } from "../helpers/registries/fetch-bytes.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { MemoryStorage } from "../../src/storage/memory-storage.ts";
import { buildArtifact } from "../helpers/archives/source-image.ts";
import { storeArtifact } from "../helpers/archives/store-source-image.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const name = "rancher/pause:3.1";

/** Copies, and gives the digest that is told for it. */
async function copy(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["copy", ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim().replace(/^.*@/, "");
}

describeRegistries("copy", (start) => {
  let registry: RunningRegistry;
  let other: RunningRegistry;
  let from: string;
  let listed: string;

  beforeAll(async () => {
    [registry, other] = await Promise.all([start(), start()]);
    await runCli(["--registry", registry.host, "--no-arch-tags", ...k3sFlags("docker26-containerd")]);
    from = `docker://${registry.host}/${name}`;
    listed = (await fetchDigest(registry.host, name)) ?? "";
  });
  afterAll(async () => {
    await Promise.all([registry.stop(), other.stop()]);
  });

  test("brings a list with all its images to another registry, and to another name, digest kept", async () => {
    expect(await copy(from, `docker://${other.host}/mirror/pause:1`)).toBe(listed);
    expect(await judgeList(`${other.host}/mirror/pause:1`)).toEqual(
      await judgeList(`${registry.host}/${name}`),
    );
    expect(await copy(from, `docker://${registry.host}/again/pause:1`)).toBe(listed);
    expect(await fetchDigest(registry.host, "again/pause:1")).toBe(listed);
  });

  test("chooses platforms: one by itself, several as a list", async () => {
    const target = `${other.host}/some/pause`;
    const one = await copy("--platform", "linux/arm", from, `docker://${target}:arm`);
    const several = await copy("--platform", "linux/arm,linux/amd64", from, `docker://${target}:two`);
    const { images } = await judgeList(`${target}:two`);
    expect(images.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm/v7"]);
    expect(images[1]?.digest).toBe(one);
    expect([several, one]).toEqual([
      await fetchDigest(other.host, "some/pause:two"),
      await fetchDigest(other.host, "some/pause:arm"),
    ]);
  });

  test("says what a tag named before, and the command that it gives puts it back", async () => {
    const target = `docker://${other.host}/moved/pause:1`;
    await copy(from, target);
    const { stderr } = await runCli(["copy", "--platform", "linux/arm64", from, target]);
    const back = /back: airgap-load (copy .*)/.exec(stderr)?.[1]?.split(" ") ?? [];
    expect(back[1]).toBe(`docker://${other.host}/moved/pause@${listed}`);
    expect(await runCli(back)).toMatchObject({ code: 0 });
    expect(await fetchDigest(other.host, "moved/pause:1")).toBe(listed);
  });

  test("copies the list alone where its images are there, and not where they are not", async () => {
    const target = `docker://${other.host}/alone/pause`;
    const refused = await runCli(["copy", "--index-only", from, `${target}:1`]);
    expect(refused).toMatchObject({ code: 65, stderr: expect.stringContaining("[LIST_INCOMPLETE]") });
    await copy(from, `${target}@${listed}`);
    expect(await copy("--index-only", from, `${target}:1`)).toBe(listed);
  });

  test("goes to archives and folders and back with the same digest", async () => {
    const folder = await makeTempFolder();
    const places = [
      `oci-archive:${join(folder, "images.tar")}`,
      `oci-archive:${join(folder, "images.tar.gz")}`,
      `oci:${join(folder, "layout")}`,
      `oci:${join(folder, "layout")}:tools/pause:1`,
    ];
    for (const [at, place] of places.entries()) {
      expect(await copy(from, place)).toBe(listed);
      expect(
        await copy(place.replace(/layout$/, `layout:${name}`), `docker://${other.host}/back/pause:${at}`),
      ).toBe(listed);
    }
    const arm = await copy(
      "--platform",
      "linux/arm",
      from,
      `docker-archive:${join(folder, "arm.tar")}:${name}`,
    );
    expect(
      await copy(`docker-archive:${join(folder, "arm.tar")}:${name}`, `docker://${other.host}/back/arm:1`),
    ).toBe(arm);
  });
});

describe("copy from archives that docker saved", () => {
  let registry: RunningRegistry;
  const archive = samplePath("k3s8/docker20/k3s-airgap-images-arm64.tar.gz");

  beforeAll(async () => {
    registry = await anyRegistry.start();
  });
  afterAll(() => registry.stop());

  test("repairs a config that lies, as a load does", async () => {
    const args = ["copy", `docker-archive:${archive}:${name}`, `docker://${registry.host}/one/pause:1`];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: rancher\/pause:3.1 linux\/arm64: its config says amd64.*config repaired/m,
    );
    const manifest = JSON.parse((await fetchManifest(registry.host, "one/pause", "1")).toString()) as {
      config: { digest: string };
    };
    const loaded = await runCli(["--registry", registry.host, "--json", "--arm64", archive]);
    expect(loaded.stdout).toContain(manifest.config.digest);
  });

  test("says that it looks for no referrers in an archive", async () => {
    const args = [`docker-archive:${archive}:${name}`, `docker://${registry.host}/one/pause:2`];
    expect(await runCli(["copy", "--referrers", ...args])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("warning: no referrers are looked for in an archive"),
    });
  });

  test("gives the same bytes every time", async () => {
    const folder = await makeTempFolder();
    const written = ["one.tar", "other.tar"].map((file) => join(folder, file));
    for (const file of written) await copy(`docker-archive:${archive}:${name}`, `docker-archive:${file}`);
    const [one, other] = await Promise.all(written.map((file) => readFile(file)));
    expect(one).toEqual(other);
  });

  test.each([
    {
      args: [`docker-archive:${archive}`, "oci:x"],
      code: 64,
      says: /want the name of one image, it has rancher/,
    },
    { args: [`docker-archive:${archive}:nothing`, "oci:x"], code: 65, says: /it has no image "nothing"/ },
    { args: ["docker-archive:missing.tar", "oci:x"], code: 66, says: /no such file/ },
    { args: ["busybox", "oci:x"], code: 64, says: /want docker:\/\/HOST/ },
    { args: ["--all", "--index-only", "oci:a", "oci:b"], code: 64, says: /exclude each other/ },
    {
      args: [
        "docker://127.0.0.1:1/a",
        "docker://127.0.0.1:2/a",
        "--username=a",
        "--password-stdin",
        "--src-username=b",
        "--src-password-stdin",
      ],
      code: 64,
      says: /two passwords/,
    },
    { args: ["--referrers", "oci:a", "oci-archive:b"], code: 64, says: /into an archive/ },
  ])("$args ends with $code", async ({ args, code, says }) => {
    const result = await runCli(["copy", ...args]);
    expect(result).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(says) });
  });

  test("says what is not in a registry", async () => {
    const { code, stderr } = await runCli(["copy", `docker://${registry.host}/no/such:1`, "oci:x"]);
    expect(code).toBe(66);
    expect(stderr).toContain(
      `error [IMAGE_NOT_FOUND]: Cannot read "${registry.host}/no/such:1": it is not there`,
    );
  });
});

describeWith(missingSkopeo, "archives that copy writes", () => {
  test("are read by skopeo, with the digest, and written by skopeo are read by copy", async () => {
    const folder = await makeTempFolder();
    const file = (path: string): string => join(folder, path);
    const archive = samplePath("k3s8/docker26-containerd/k3s-airgap-images-arm64.tar.gz");
    const digest = await copy(`oci-archive:${archive}:${name}`, `oci:${file("layout")}:${name}`);
    await copy(`oci:${file("layout")}:${name}`, `oci-archive:${file("oci.tar")}:${name}`);
    const inspected = await skopeo("inspect", "--format", "{{.Digest}}", `oci-archive:${file("oci.tar")}`);
    expect(inspected.trim()).toBe(digest);
    await skopeo("copy", "-q", "--all", `oci:${file("layout")}:${name}`, `oci:${file("theirs")}:latest`);
    expect(await copy(`oci:${file("theirs")}:latest`, `oci:${file("ours")}:app:1`)).toBe(digest);
    await copy(`oci:${file("layout")}:${name}`, `docker-archive:${file("docker.tar")}`);
    const listed = await skopeo("list-tags", `docker-archive:${file("docker.tar")}`);
    expect(JSON.parse(listed)).toMatchObject({ Tags: [expect.stringContaining(name)] });
  });
});

function skopeo(...args: readonly string[]): Promise<string> {
  return runProgram("skopeo", "--insecure-policy", ...args);
}

test("copy writes an artifact into an archive, reads it back, and brings it from there to a registry", async () => {
  const storage = new MemoryStorage();
  const chart = buildArtifact("chart");
  await storeArtifact(storage, "charts/app", chart, "1.0.0");
  await using registry = await startTestRegistry({ storage });
  const { digest } = chart.manifest.descriptor;
  const path = join(await makeTempFolder(), "chart.tar");
  expect(await copy(`docker://${registry.host}/charts/app:1.0.0`, `oci-archive:${path}`)).toBe(digest);
  expect(await copy(`oci-archive:${path}`, `docker://${registry.host}/charts/again:1`)).toBe(digest);
  expect(await fetchDigest(registry.host, "charts/again:1")).toBe(digest);
});
