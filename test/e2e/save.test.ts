import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import zlib, { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingContainerd, startContainerd } from "../helpers/judges/containerd.ts";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { startRecordingProxy } from "../helpers/registries/recording-proxy.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { unpackBundle } from "../helpers/archives/real-bundles.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { missingSkopeo } from "../helpers/judges/skopeo.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const list = samplePath("k3s8/k3s-images.txt");
const pause = "rancher/pause:3.1";

async function save(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["save", "-q", ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

describeRegistries("save", (start) => {
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await start();
    await runCli(["--registry", `${registry.host}/k3s`, ...k3sFlags("docker26-containerd")]);
  });
  afterAll(() => registry.stop());

  test("writes an archive for each platform, which a load turns into the same lists", async () => {
    const folder = await makeTempFolder();
    const platforms = "linux/amd64,linux/arm64,linux/arm";
    const args = [
      "-o",
      join(folder, "{platform}.tar.gz"),
      "--from",
      `${registry.host}/k3s`,
      "--image-list",
      list,
    ];
    const told = await save(...args, "--platform", platforms);
    expect(told.match(/: 8 images, [\d.]+ kB, sha256 [0-9a-f]{64}$/gm)).toHaveLength(3);
    const files = ["amd64.tar.gz", "arm.tar.gz", "arm64.tar.gz"];
    expect((await readdir(folder)).sort()).toEqual(files.flatMap((file) => [file, `${file}.sha256sum`]));

    const other = await start();
    try {
      const checksums = files.flatMap((file) => ["--checksums", join(folder, `${file}.sha256sum`)]);
      const archives = files.flatMap((file) => [`--${file.replace(/\..*/, "")}`, join(folder, file)]);
      const { code } = await runCli(["--registry", `${other.host}/k3s`, ...checksums, ...archives]);
      expect(code).toBe(0);
      for (const name of k3sNames) {
        expect(await fetchDigest(other.host, `k3s/${name}`)).toBe(
          await fetchDigest(registry.host, `k3s/${name}`),
        );
      }
    } finally {
      await other.stop();
    }
  });

  test("writes parts of a size with their checksums, which load, verify, inspect and cat read as one", async () => {
    const folder = await makeTempFolder();
    const path = join(folder, "all.tar.gz");
    const name = `${registry.host}/k3s/${pause}`;
    const told = await save("-o", path, "--split", "400k", name);
    const names = (await readdir(folder)).sort();
    const parts = names.filter((each) => !each.endsWith(".sha256sum"));
    expect(parts.length).toBeGreaterThan(1);
    expect(names).toEqual([...parts.map((_, i) => `all.tar.gz.part00${i + 1}`), "all.tar.gz.sha256sum"]);
    expect(told).toMatch(
      new RegExp(`: 1 image, [\\d.]+ [kM]B in ${parts.length} parts, sha256 [0-9a-f]{64}$`, "m"),
    );

    const contents = await Promise.all(parts.map((part) => readFile(join(folder, part))));
    expect(contents.slice(0, -1).every(({ length }) => length === 400_000)).toBe(true);
    await writeFile(path, Buffer.concat(contents));
    await runProgram("sh", "-c", `cd ${folder} && sha256sum --strict -c all.tar.gz.sha256sum`);

    const first = join(folder, parts[0] ?? "");
    const digest = (await judgeList(name)).digest;
    const to = ["--registry", `${registry.host}/parts`, "--checksums", `${path}.sha256sum`];
    expect(await runCli([...to, first])).toMatchObject({ code: 0 });
    expect((await judgeList(`${registry.host}/parts/k3s/${pause}`)).digest).toBe(digest);
    expect(await runCli(["verify", `${registry.host}/parts`, first])).toMatchObject({ code: 0 });
    expect((await runCli(["inspect", first])).stdout).toContain(pause);

    const piped = await runCli(["--registry", `${registry.host}/piped`, "-"], {
      input: Readable.from(contents),
    });
    expect(piped).toMatchObject({ code: 0 });
    expect((await judgeList(`${registry.host}/piped/k3s/${pause}`)).digest).toBe(digest);

    await writeFile(join(folder, parts[1] ?? ""), Buffer.alloc(400_000));
    expect(await runCli([...to, first])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining(`part "${parts[1]}" has the sha256`) as string,
    });
  });

  test("splits nothing into more parts than can be told apart, nor what goes to a pipe", async () => {
    const folder = await makeTempFolder();
    const name = `${registry.host}/k3s/${pause}`;
    const tooMany = await runCli(["save", "-o", join(folder, "all.tar"), "--split", "500", name]);
    expect(tooMany).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("more than 999 parts") as string,
    });
    expect(await readdir(folder)).toEqual([]);
    expect(await runCli(["save", "-o", "-", "--split", "fat32", name])).toMatchObject({ code: 64 });
  });

  test("writes all platforms into one layout, whose list keeps its digest", async () => {
    const folder = await makeTempFolder();
    const name = `${registry.host}/k3s/${pause}`;
    await save("-o", join(folder, "all.tar"), name);
    const { code } = await runCli(["--registry", `${registry.host}/again`, join(folder, "all.tar")]);
    expect(code).toBe(0);
    expect((await judgeList(`${registry.host}/again/k3s/${pause}`)).digest).toBe(
      (await judgeList(name)).digest,
    );
  });

  test("gives the same bytes every time, to a file and to a pipe", async () => {
    const folder = await makeTempFolder();
    const args = ["--platform", "linux/arm64", "--from", `${registry.host}/k3s`, pause];
    for (const file of ["one.tar", "other.tar", "packed.tgz"]) await save("-o", join(folder, file), ...args);
    const [one, other, packed] = await Promise.all(
      ["one.tar", "other.tar", "packed.tgz"].map((file) => readFile(join(folder, file))),
    );
    expect(one).toEqual(other);
    expect(gunzipSync(packed ?? "")).toEqual(one);
    const loaded = await runCli(["inspect", "--json", "-"], { input: Readable.from([one]) });
    const piped = await runCli(["save", "-o", "-", ...args]);
    expect(piped.code).toBe(0);
    const archives = JSON.parse(loaded.stdout) as { archives: { size: number; sha256: string }[] };
    const [, size, sha256] = /^-: 1 image, ([\d.]+ kB), sha256 ([0-9a-f]{64})$/m.exec(piped.stderr) ?? [];
    expect([size, sha256]).toEqual([
      `${((one?.length ?? 0) / 1000).toFixed(1)} kB`,
      archives.archives[0]?.sha256,
    ]);
  });

  test("packs with zstd where its Node can, and says so at once where it cannot", async () => {
    const path = join(await makeTempFolder(), "images.tar.zst");
    const args = ["save", "-o", path, "--platform", "linux/arm64", "--from", `${registry.host}/k3s`, pause];
    const { code, stderr } = await runCli(args);
    const { stdout } = await runCli(["inspect", path]);
    const can = process.env["AIRGAP_LOAD_EXECUTABLE"] !== undefined || "createZstdCompress" in zlib;
    expect([code, /ZSTD_UNSUPPORTED/.test(stderr), /zstd, written by containerd/.test(stdout)]).toEqual(
      can ? [0, false, true] : [64, true, false],
    );
  });

  test("asks what a name stands for once, so that all archives are of one release", async () => {
    const proxy = await startRecordingProxy(registry.host);
    const args = ["-o", join(await makeTempFolder(), "{arch}.tar"), "--platform", "linux/amd64,linux/arm64"];
    await save(...args, "--from", `${proxy.host}/k3s`, pause);
    await proxy.stop();
    expect(proxy.requests.filter(({ path }) => path.endsWith("/manifests/3.1"))).toHaveLength(1);
  });

  test("writes no archive before it knows that none of them lacks anything", async () => {
    const folder = await makeTempFolder();
    const args = ["-o", join(folder, "{arch}.tar"), "--platform", "linux/arm64,linux/s390x"];
    const { code, stderr } = await runCli(["save", ...args, "--from", `${registry.host}/k3s`, pause]);
    expect([code, stderr]).toEqual([65, expect.stringContaining("error [PLATFORM_MISSING]")]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves no archive where an image lacks, unless it may", async () => {
    const folder = await makeTempFolder();
    await writeFile(join(folder, "names.txt"), `${pause}\n`);
    const args = [
      "-o",
      join(folder, "s390x.tar"),
      "--from",
      `${registry.host}/k3s`,
      "-l",
      join(folder, "names.txt"),
    ];
    const { code, stderr } = await runCli(["save", ...args, "--platform", "linux/s390x"]);
    expect([code, stderr]).toEqual([65, expect.stringContaining("error [PLATFORM_MISSING]")]);
    const absent = await runCli(["save", ...args, "no/such:1"]);
    expect([absent.code, absent.stderr]).toEqual([66, expect.stringContaining("error [IMAGE_NOT_FOUND]")]);
    const several = await runCli(["save", ...args, "no/such:1", "neither:2"]);
    expect(several.stderr).toMatch(/Cannot save 2 of 3 images:\n {2}.*neither:2".*\n {2}.*no\/such:1"/);
    const none = await runCli(["save", ...args, "--platform", "linux/s390x", "--allow-missing"]);
    expect([none.code, none.stderr]).toEqual([
      65,
      expect.stringMatching(/pause:3.1: left out.*\n.*none of the images has linux\/s390x/s),
    ]);
    expect(await readdir(folder)).toEqual(["names.txt"]);
    const some = await runCli(["save", ...args, "--platform", "linux/s390x,linux/arm64", "--allow-missing"]);
    expect([some.code, some.stderr]).toEqual([
      0,
      expect.stringContaining("warning: docker.io/rancher/pause:3.1: lacks linux/s390x, has linux/amd64"),
    ]);
    expect(some.stdout).toContain("s390x.tar: 1 image, ");
  });
});

describe("save is refused", () => {
  test.each([
    { args: ["-o", "x.tar"], says: /no image is named/ },
    { args: ["busybox"], says: /required option '-o/ },
    { args: ["-o", "{platform}.tar", "busybox"], says: /no platform is given/ },
    { args: ["-o", "{plattform}.tar", "busybox"], says: /\{plattform\} is unknown/ },
    {
      args: ["-o", "{os}.tar", "--platform", "amd64,arm64", "busybox"],
      says: /two platforms would have the same/,
    },
    { args: ["-o", "x.tar", "--from", "a b", "busybox"], says: /is not a host/ },
  ])("with $args", async ({ args, says }) => {
    expect(await runCli(["save", ...args])).toMatchObject({
      code: 64,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });
});

describeWith(anyRegistry.missing, "archives that save writes", () => {
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await anyRegistry.start();
    await runCli(["--registry", registry.host, ...k3sFlags("docker26-containerd", ["amd64", "arm64"])]);
  });
  afterAll(() => registry.stop());

  async function saveFile(...names: readonly string[]): Promise<string> {
    const path = join(await makeTempFolder(), "images.tar");
    await save("-o", path, "--platform", "linux/arm64", "--from", registry.host, ...names);
    return path;
  }

  const several = [pause, "rancher/klipper-lb:v0.3.4"];
  const full = several.map((name) => `docker.io/${name}`).sort();

  describeWith(findMissing("podman"), "and podman loads", () => {
    test.each([[several.slice(0, 1)], [several]])("under their names, %j", async (names) => {
      const folder = await makeTempFolder();
      const podman = (...args: readonly string[]): Promise<string> =>
        runProgram(
          "podman",
          "--root",
          join(folder, "root"),
          "--runroot",
          join(folder, "run"),
          "--storage-driver",
          "vfs",
          ...args,
        );
      const told = await podman("load", "-q", "-i", await saveFile(...names));
      expect(told.match(/docker\.io\S+/g)?.sort()).toEqual(full.slice(-names.length));
      const [inspected] = JSON.parse(await podman("image", "inspect", `docker.io/${pause}`)) as {
        Digest: string;
      }[];
      expect(inspected?.Digest).toMatch(/^sha256:/);
    });
  });

  describeWith(findMissing("podman"), "of several platforms, and podman pulls", () => {
    test("each of several images by its name, of which podman load takes none", async () => {
      const folder = await makeTempFolder();
      const path = join(folder, "all.tar");
      await runCli(["--registry", registry.host, "-q", await unpackBundle("ctr-1.6.20-export/all.tar")]);
      await save("-o", path, "--from", registry.host, "app:1.0", "rancher/tool:2.0");
      const own = [
        "--root",
        join(folder, "root"),
        "--runroot",
        join(folder, "run"),
        "--storage-driver",
        "vfs",
      ];
      const podman = (...args: readonly string[]): Promise<string> => runProgram("podman", ...own, ...args);
      for (const name of ["docker.io/library/app:1.0", "docker.io/rancher/tool:2.0"]) {
        expect(await podman("pull", "-q", `oci-archive:${path}:${name}`)).toMatch(/^[0-9a-f]{64}\n$/);
      }
      await expect(podman("load", "-q", "-i", path)).rejects.toThrow("more than one image");
    });
  });

  describeWith(missingSkopeo, "and skopeo reads", () => {
    test("as docker's and as an image layout", async () => {
      const tags = await runProgram("skopeo", "list-tags", `docker-archive:${await saveFile(...several)}`);
      expect((JSON.parse(tags) as { Tags: string[] }).Tags.sort()).toEqual(full);
      const one = await saveFile(pause);
      const digest = await runProgram("skopeo", "inspect", "--format", "{{.Digest}}", `oci-archive:${one}`);
      expect(digest.trim()).toBe(await fetchDigest(registry.host, `${pause}-arm64`));
    });
  });

  describeWith(missingContainerd, "and containerd imports", () => {
    test("under their names, unpacked for their platform", async () => {
      const containerd = await startContainerd();
      try {
        await containerd.importArchive(await saveFile(...several), "linux/arm64");
        const found = await Promise.all(
          full.map((name) =>
            containerd.withRoot(name, "linux/arm64", (root) => readdir(join(root, "usr/bin"))),
          ),
        );
        expect(found).toEqual(full.map(() => expect.arrayContaining(["catatonit"])));
      } finally {
        await containerd.stop();
      }
    });
  });
});
