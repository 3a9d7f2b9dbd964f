import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { dockerManifest, missingDockerClient } from "../helpers/judges/docker-client.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";

const name = "rancher/pause:3.1";

async function inspect(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["inspect", ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

describeRegistries("inspect", (start) => {
  let registry: RunningRegistry;
  let reference: string;
  let digest: string;

  beforeAll(async () => {
    registry = await start();
    await runCli(["--registry", registry.host, ...k3sFlags("docker26-containerd", ["amd64", "arm64"])]);
    reference = `${registry.host}/${name}`;
    digest = (await fetchDigest(registry.host, name)) ?? "";
  });
  afterAll(() => registry.stop());

  test("shows a list as imagetools does", async () => {
    expect((await inspect(reference)).replaceAll(/[0-9a-f]{64}/g, "HEX")).toBe(`Name:      ${reference}
MediaType: application/vnd.oci.image.index.v1+json
Digest:    sha256:HEX

Manifests:
  Name:      ${reference}@sha256:HEX
  MediaType: application/vnd.oci.image.manifest.v1+json
  Platform:  linux/amd64

  Name:      ${reference}@sha256:HEX
  MediaType: application/vnd.oci.image.manifest.v1+json
  Platform:  linux/arm64
`);
  });

  test("gives the exact bytes, by tag and by digest", async () => {
    const byTag = await runCli(["inspect", "--raw", reference]);
    expect(`sha256:${createHash("sha256").update(byTag.stdout).digest("hex")}`).toBe(digest);
    const byDigest = await runCli(["inspect", "--raw", `${registry.host}/rancher/pause@${digest}`]);
    expect(byDigest.stdout).toBe(byTag.stdout);
  });

  test("fills templates", async () => {
    expect(await inspect("--format", "{{.Name}} {{.Manifest.Digest}}", reference)).toBe(
      `${reference} ${digest}\n`,
    );
    const template = '{{json (index .Image "linux/arm64").config.Entrypoint}}';
    expect(JSON.parse(await inspect("--format", template, reference))).toEqual(["/usr/bin/catatonit", "-P"]);
    expect(Object.keys(JSON.parse(await inspect("--format", "{{json .}}", reference)) as object)).toEqual([
      "name",
      "manifest",
      "image",
    ]);
    expect(await inspect("--format", "{{.Manifest}}", reference)).toBe(await inspect(reference));
  });

  test("draws what it weighs", async () => {
    const lines = (await inspect("--tree", reference)).split("\n");
    expect(lines[0]).toMatch(
      /^127\.0\.0\.1:\d+\/rancher\/pause:3\.1 {2}list [0-9a-f]{12}, 2 platforms, [\d.]+ kB$/,
    );
    expect(lines.slice(1).map((line) => line.replaceAll(/[0-9a-f]{12}|[\d.]+ kB/g, "X"))).toEqual([
      "├─ linux/amd64  X  X",
      "│  └─ layer X  X",
      "└─ linux/arm64  X  X",
      "   └─ layer X  X",
      "",
    ]);
  });

  test("says what is not there", async () => {
    const { code, stdout, stderr } = await runCli(["inspect", `${registry.host}/no/such:1`]);
    expect([code, stdout]).toEqual([66, ""]);
    expect(stderr).toMatch(/error \[IMAGE_NOT_FOUND\]/);
  });
});

describe("inspect of an image in an archive", () => {
  const archive = `oci-archive:${samplePath("k3s8/docker26-containerd/k3s-airgap-images-arm64.tar.gz")}:${name}`;

  test("tells attestations", async () => {
    expect((await inspect(archive)).replaceAll(/[0-9a-f]{64}/g, "HEX")).toContain(`
  Name:        ${name}@sha256:HEX
  MediaType:   application/vnd.oci.image.manifest.v1+json
  Platform:    unknown/unknown
  Annotations:
    vnd.docker.reference.digest: sha256:HEX
    vnd.docker.reference.type:   attestation-manifest
`);
    expect(await inspect("--format", "{{.Provenance.SLSA.buildType}}", archive)).toBe(
      "https://mobyproject.org/buildkit@v1\n",
    );
    expect(await inspect("--tree", archive)).toMatch(/^└─ 1 attestation$/m);
  });

  test.each([
    [["--raw", "a:1", "b:1"], 64],
    [["--raw", "--tree", "a:1"], 64],
    [["--format", "{{", "oci:nowhere"], 66],
    [["Not/A/Name"], 64],
    [["--tree", samplePath("k3s8/docker20/k3s-airgap-images-arm64.tar.gz")], 64],
  ])("%j ends with %i", async (args, code) => {
    expect(await runCli(["inspect", ...args])).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringMatching(/^error \[/m),
    });
  });

  test("--json tells a program what is wrong, too", async () => {
    const { code, stdout } = await runCli(["inspect", "--json", "no:such:name"]);
    expect(code).toBe(64);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      error: { code: "REFERENCE_INVALID", exitCode: 64 },
    });
  });
});

describeWith(anyRegistry.missing ?? missingDockerClient, "inspect --verbose", () => {
  test.each(["docker20", "docker26-containerd"] as const)(
    "is what docker prints, of images by %s",
    async (writer) => {
      const registry = await anyRegistry.start();
      try {
        await runCli(["--registry", registry.host, ...k3sFlags(writer, ["amd64", "arm64"])]);
        for (const tag of [name, `${name}-arm64`]) {
          const reference = `${registry.host}/${tag}`;
          expect(await inspect("--verbose", reference)).toBe(
            await dockerManifest("inspect", "--insecure", "--verbose", reference),
          );
        }
      } finally {
        await registry.stop();
      }
    },
  );
});
