import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { k3sArchive } from "../helpers/archives/k3s-samples.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { missingContainerd, startContainerd } from "../helpers/judges/containerd.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findContainer, type PodContainer, readRunbook } from "../helpers/judges/kubernetes.ts";
import { missingPodman, type Podman, startPodman } from "../helpers/judges/podman.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";

const runbooks = ["load-job.yaml", "load-sharded.yaml", "serve.yaml", "verify-cronjob.yaml"];

describe("the runbooks for Kubernetes", () => {
  test.each(runbooks)("%s is what Kubernetes' schemas want", (name) => {
    expect(readRunbook(name).length).toBeGreaterThan(0);
  });
});

const executable = process.env["AIRGAP_LOAD_EXECUTABLE"];
const missing =
  executable === undefined
    ? "the executables are not tried"
    : (missingPodman ?? findMissing("apt-get", "dpkg-deb", "openssl"));

describeWith(missing, "the image, as the runbooks run it", () => {
  const root = resolve(import.meta.dirname, "../..");
  let work: string;
  let podman: Podman;
  let image: string;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), "airgap-load-image-"));
    const options = [
      "--newest",
      "--arch",
      "amd64",
      "--executables",
      dirname(executable ?? ""),
      "--out",
      work,
    ];
    await runProgram(process.execPath, join(root, "scripts/build-image.mjs"), ...options);
    podman = await startPodman();
    image = await podman.load(join(work, "airgap-load-image-amd64.tar"));
  });
  afterAll(async () => {
    await podman[Symbol.asyncDispose]();
    await rm(work, { recursive: true });
  });

  test.skipIf(missingContainerd)("is imported and unpacked by containerd", async () => {
    const containerd = await startContainerd();
    try {
      const archive = join(work, "airgap-load-image-amd64.tar");
      await expect(containerd.importArchive(archive, "linux/amd64")).resolves.toBeUndefined();
    } finally {
      await containerd.stop();
    }
  });

  test("loads with the program itself, with nothing to warn of", async () => {
    await using registry = await startTestRegistry();
    const args = ["--registry", registry.host, "--strict", join(work, "airgap-load-image-amd64.tar")];
    expect(await runCli(args)).toMatchObject({ code: 0 });
  });

  /** A folder that the container's user may write to. */
  async function makeFolder(name: string): Promise<string> {
    const folder = join(work, name);
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    return folder;
  }

  async function run(
    container: PodContainer,
    folders: Readonly<Record<string, string>>,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = podman.start(image, container, { temp: await makeFolder("temp"), ...folders });
    const closed = new Promise<number | null>((done) => child.once("close", done));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await closed, stdout, stderr };
  }

  test("loads archives from a volume, and a list of them is verified", async () => {
    await using registry = await startTestRegistry();
    const archives = await makeFolder("archives");
    for (const arch of ["amd64", "arm64"] as const) {
      await copyFile(
        samplePath(k3sArchive("docker20", arch)),
        join(archives, `k3s-airgap-images-${arch}.tar.gz`),
      );
    }
    const siteCa = await makeFolder("site-ca");
    await writeFile(join(siteCa, "ca.pem"), await runProgram("cat", "/etc/ssl/certs/ca-certificates.crt"));
    const job = findContainer("load-job.yaml", "load-images");
    const env = [
      { name: "AIRGAP_LOAD_REGISTRY", value: `http://${registry.host}` },
      { name: "AIRGAP_LOAD_CA_FILE", value: "/site-ca/ca.pem" },
    ];
    const loaded = await run({ ...job, env }, { archives, "site-ca": siteCa });
    expect(loaded).toMatchObject({ code: 0, stdout: expect.stringContaining(" 8 new, 0 unchanged") });

    const list = await makeFolder("list");
    await copyFile(samplePath("k3s8/k3s-images.txt"), join(list, "images.txt"));
    const cron = findContainer("verify-cronjob.yaml", "verify-images");
    const args = cron.args.map((arg) => arg.replace("registry.site:5000", `http://${registry.host}`));
    expect(await run({ ...cron, args }, { list })).toMatchObject({ code: 0 });
    await writeFile(join(list, "images.txt"), "rancher/absent:1.0\n");
    const failed = await run({ ...cron, args }, { list });
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining("rancher/absent:1.0") });
  });

  test("loads the archive of a pod's number, and then all once more", async () => {
    await using registry = await startTestRegistry();
    const archives = await makeFolder("shards");
    for (const [at, arch] of (["amd64", "arm64", "arm"] as const).entries()) {
      await copyFile(samplePath(k3sArchive("docker26", arch)), join(archives, `images-${at}.tar.gz`));
    }
    const env = [{ name: "AIRGAP_LOAD_REGISTRY", value: `http://${registry.host}` }];
    const load = findContainer("load-sharded.yaml", "load-shards");
    for (const index of ["0", "1", "2"]) {
      const args = load.args.map((arg) => arg.replace("$(JOB_COMPLETION_INDEX)", index));
      expect(await run({ ...load, args, env }, { archives })).toMatchObject({ code: 0 });
    }
    const before = await registry.snapshot();
    const settle = findContainer("load-sharded.yaml", "settle-shards");
    const args = settle.args.filter((arg) => !/images-[3-7]/.test(arg));
    expect(await run({ ...settle, args, env }, { archives })).toMatchObject({ code: 0 });
    expect(await registry.snapshot()).toEqual(before);
  });

  test("serves from a volume with TLS and a password", async () => {
    const folders = {
      data: await makeFolder("data"),
      tls: await makeFolder("tls"),
      users: await makeFolder("users"),
    };
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", join(folders.tls, "tls.key"), "-out", join(folders.tls, "tls.crt")];
    await runProgram(
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      ...files,
      ...subject,
    );
    await chmod(join(folders.tls, "tls.key"), 0o644);
    await writeFile(
      join(folders.users, "users"),
      "admin:$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e\n",
    );
    const serve = findContainer("serve.yaml", "registry");
    const args = serve.args.map((arg) => (arg === ":5000" ? "127.0.0.1:0" : arg));
    const child = podman.start(image, { ...serve, args }, folders);
    const closed = new Promise<number | null>((done) => child.once("close", done));
    const url = await new Promise<string>((done) => {
      createInterface(child.stderr).on("line", (line) => {
        const found = / at (https:\/\/[\d.:]+)$/.exec(line)?.[1];
        if (found !== undefined) done(found);
      });
    });
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    for (const [path, status] of Object.entries({ "/healthz": 200, "/v2/": 401 })) {
      expect((await request(`${url}${path}`, { dispatcher })).statusCode).toBe(status);
    }
    child.kill("SIGTERM");
    expect(await closed).toBe(0);
  });
});
