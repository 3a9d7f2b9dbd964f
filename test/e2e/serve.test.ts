import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingContainerd, startContainerd } from "../helpers/judges/containerd.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { type ServeProcess, startServeProcess } from "../helpers/registries/serve-process.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

describe("the main job and serve over one folder", () => {
  test("images that were loaded into a folder are served, the same as if they had been pushed", async () => {
    const [loaded, served] = [join(await makeTempFolder(), "loaded"), await makeTempFolder()];
    expect(await runCli(["--to", loaded, ...k3sFlags("docker20")])).toMatchObject({ code: 0 });
    const [first, second] = [await startServeProcess(loaded), await startServeProcess(served)];
    const pushed = await runCli(["--registry", second.host, "--format", "oci", ...k3sFlags("docker20")]);
    expect(pushed).toMatchObject({ code: 0 });
    for (const name of k3sNames) {
      const { digest, images } = await judgeList(`${first.host}/${name}`);
      expect(images.map((image) => image.platform)).toEqual(["linux/amd64", "linux/arm64", "linux/arm/v7"]);
      expect(await fetchDigest(second.host, name)).toBe(digest);
    }
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
    expect(await readdir(join(served, "uploads"))).toEqual([]);
    // A folder needs no tags for the images of its lists; a registry that is not known may.
    for (const [folder, tags] of [
      [loaded, 8],
      [served, 32],
    ] as const) {
      const verified = await runCli(["serve", "--data", folder, "--verify"]);
      expect(verified).toMatchObject({ code: 0, stderr: "" });
      expect(verified.stdout).toContain(` 32 manifests, ${tags} tags: all as they should be`);
    }
  });

  test("a dry run into a folder writes nothing", async () => {
    const folder = join(await makeTempFolder(), "new");
    const { code } = await runCli(["--to", folder, "--dry-run", ...k3sFlags("docker20")]);
    expect(code).toBe(0);
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });

  test("a registry and a folder at once are a usage error", async () => {
    const { code } = await runCli(["--to", "x", "--registry", "127.0.0.1:1", ...k3sFlags("docker20")]);
    expect(code).toBe(64);
  });

  test("a folder of other things is not written to", async () => {
    const folder = await makeTempFolder();
    await runProgram("touch", join(folder, "photo.jpeg"));
    const { code, stderr } = await runCli(["--to", folder, ...k3sFlags("docker20")]);
    expect([code, stderr]).toEqual([64, expect.stringContaining("LAYOUT_INVALID")]);
    expect(await readdir(folder)).toEqual(["photo.jpeg"]);
  });
});

describe("clients of other people", () => {
  let folder: string;
  let server: ServeProcess;
  let digest: string | undefined;
  const name = "rancher/klipper-lb:v0.3.4";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "airgap-load-serve-"));
    server = await startServeProcess(folder);
    await runCli(["--registry", server.host, ...k3sFlags("docker26-containerd")]);
    digest = await fetchDigest(server.host, name);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  describeWith(missingSkopeo, "skopeo", () => {
    test("pulls a list with all its images and pushes it elsewhere, byte for byte", async () => {
      const tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
      const places = [`docker://${server.host}/${name}`, `docker://${server.host}/by/skopeo:1`];
      await runProgram("skopeo", "--insecure-policy", "copy", "--quiet", "--all", ...tls, ...places);
      expect(await fetchDigest(server.host, "by/skopeo:1")).toBe(digest);
      await judgeList(`${server.host}/by/skopeo:1`);
    });
  });

  describeWith(findMissing("podman"), "podman", () => {
    test("pulls an image, pushes it elsewhere and pulls that", async () => {
      const podmanFolder = await makeTempFolder();
      const storage = [
        "--root",
        join(podmanFolder, "root"),
        "--runroot",
        join(podmanFolder, "run"),
        "--storage-driver",
        "vfs",
      ];
      const podman = (...args: readonly string[]): Promise<string> =>
        runProgram("podman", ...storage, ...args);
      const pulled = await podman("pull", "-q", "--tls-verify=false", `${server.host}/${name}`);
      await podman("push", "-q", "--tls-verify=false", pulled.trim(), `${server.host}/by/podman:1`);
      await podman("rmi", "--all", "--force");
      expect(await podman("pull", "-q", "--tls-verify=false", `${server.host}/by/podman:1`)).toBe(pulled);
    });
  });

  describeWith(missingContainerd, "containerd", () => {
    test("pulls an image and pushes it elsewhere with its list", async () => {
      const containerd = await startContainerd();
      try {
        await containerd.pull(`${server.host}/${name}`, "linux/amd64");
        await containerd.push(`${server.host}/${name}`, `${server.host}/by/containerd:1`, "linux/amd64");
        const { images } = await judgeList(`${server.host}/${name}`);
        const wanted = images.find(({ platform }) => platform === "linux/amd64");
        expect(await fetchDigest(server.host, "by/containerd:1")).toBe(wanted?.digest);
      } finally {
        await containerd.stop();
      }
    });
  });
});
