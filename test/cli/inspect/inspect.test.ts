import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  buildImage,
  descriptorOf,
  indexOf,
  manifestOf,
  refNamed,
} from "../../helpers/archives/built-image.ts";
import { runCli } from "../../helpers/processes/run-cli.ts";
import { expectedImages, samplePath } from "../../helpers/archives/samples.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const lying = "k3s8/docker20/k3s-airgap-images-arm64.tar.gz";

describe("airgap-load inspect", () => {
  test("tells a person who wrote an archive, what is in it, and whose config lies", async () => {
    const { code, stdout, stderr } = await runCli(["inspect", samplePath(lying)]);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(
      /k3s-airgap-images-arm64.tar.gz: 8 images, 285.3 kB, gzip, written by Docker 1.10-24$/,
    );
    expect(lines).toContain("sha256 b23c000a6739790ddd18fac03e32fded38cb48387d9dfb8aeecc1f51ee548f6f");
    expect(lines.filter((line) => /^rancher\/.* {2}linux\/arm64 {2}linux\/amd64 /.test(line))).toHaveLength(
      3,
    );
    expect(lines).toContain(
      "warning: rancher/pause:3.1: its config says amd64, its binaries (usr/bin/catatonit) are arm64",
    );
  });

  test("tells a program the same, of several archives and of standard input", async () => {
    const byID = "by-id/untagged-arm.tar.gz";
    const args = ["inspect", "--json", samplePath(lying), "-"];
    const { code, stdout } = await runCli(args, { input: createReadStream(samplePath(byID)) });
    expect(code).toBe(0);
    const { version, archives } = JSON.parse(stdout) as {
      version: number;
      archives: Record<string, unknown>[];
    };
    expect(version).toBe(1);
    expect(archives).toMatchObject([
      { writer: "Docker 1.10-24", compression: "gzip", size: 285330, notes: [], artifacts: [] },
      {
        title: "standard input",
        images: [
          { names: [], config: expectedImages(byID)[0]?.config, platform: "linux/arm/v7", problems: [] },
        ],
      },
    ]);
    expect(archives[0]?.["images"]).toContainEqual(
      expect.objectContaining({
        names: ["rancher/pause:3.1"],
        platform: "linux/arm64",
        witnesses: {
          config: "linux/amd64",
          binaries: { architecture: "arm64", evidence: "usr/bin/catatonit" },
        },
        problems: ["its config says amd64, its binaries (usr/bin/catatonit) are arm64"],
      }),
    );
  });

  test("tells indexes, own manifests and layers", async () => {
    const { stdout } = await runCli(["inspect", "--json", samplePath("containerd/images-arm.tar")]);
    const { archives } = JSON.parse(stdout) as { archives: { images: unknown[] }[] };
    expect(archives[0]?.images[0]).toMatchObject({
      names: ["127.0.0.1:5000/fix/busybox:1.35"],
      manifest: "sha256:7710f1e913805491de80834abf7162a69b4031341f5060a161a14773ab85d463",
      index: { complete: false, attestations: 0 },
      witnesses: { descriptor: "linux/arm/v7" },
      layers: [{ size: 920956, compression: "gzip", foreign: false }],
    });
  });

  test("names artifacts, and an image that nothing gives a platform to", async () => {
    const image = await buildImage({ architecture: "" });
    const chart = manifestOf(
      image.config,
      image.gzipLayers,
      "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    );
    const tar = new TarBuilder()
      .blobs(image.config, ...image.gzipLayers, image.manifest, chart)
      .file(
        "index.json",
        indexOf(descriptorOf(image.manifest), descriptorOf(chart, undefined, refNamed("charts/a:1"))).bytes,
      );
    const path = join(await makeTempFolder(), "images.tar");
    await writeFile(path, await tar.build());
    const { code, stdout } = await runCli(["inspect", path]);
    expect(code).toBe(0);
    expect(stdout).toContain(`charts/a:1  ${chart.digest}`);
    expect(stdout).toMatch(/^[0-9a-f]{12} \(no name\) {2}\? /m);
    expect(stdout).toMatch(/^warning: [0-9a-f]{12} \(no name\): neither its archive, nor its config/m);
  });

  test.each([
    [["inspect"], 64],
    [["inspect", "-", "-"], 64],
    [["inspect", "no-such-file.tar"], 66],
    [["inspect", samplePath("expected.json")], 65],
  ])("%j ends with %i and one error", async (args, exitCode) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([exitCode, ""]);
    expect(stderr.match(/^error/gm)).toHaveLength(1);
  });

  test("a damaged image is shown with its fault, and the exit code is that of damage", async () => {
    const { code, stdout } = await runCli(["inspect", samplePath("derived/flipped-layer-byte.tar.gz")]);
    expect(code).toBe(65);
    expect(stdout).toMatch(/^unusable: Cannot read archive .*: cannot read .* it holds sha256:/m);
  });
});
