import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { digestHex, digestOf } from "../../src/oci/digest.ts";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { missingDockerClient, missingOldDocker, oldDocker } from "../helpers/judges/docker-client.ts";
import { fetchDigest, fetchManifest } from "../helpers/registries/fetch-bytes.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { k3sFlags } from "../helpers/archives/k3s-samples.ts";
import { pushImage } from "../helpers/registries/push-by-hand.ts";
import { anyRegistry, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { samplePath } from "../helpers/archives/samples.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Manifest = (...args: readonly string[]) => Promise<Ended>;

/** `airgap-load manifest` with a state of its own. */
async function startOurs(): Promise<Manifest> {
  const env = { XDG_STATE_HOME: await makeTempFolder() };
  return (...args) => runCli(["manifest", ...args], { env });
}

/** `docker manifest` with a state of its own. */
async function startDocker(program = "docker"): Promise<Manifest> {
  const folder = await makeTempFolder();
  return async (...args) => {
    try {
      const result = await promisify(execFile)(program, ["--config", folder, "manifest", ...args]);
      return { code: 0, ...result };
    } catch (error) {
      return error as Ended;
    }
  };
}

describeWith(anyRegistry.missing ?? missingDockerClient, "manifest beside docker's", () => {
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await anyRegistry.start();
    await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["amd64", "arm64"])]);
  });
  afterAll(() => registry.stop());

  test("the same command lines print the same and end the same", async () => {
    const image = (name: string): string => `${registry.host}/rancher/pause:${name}`;
    const [amd64, arm64, list] = [image("3.1-amd64"), image("3.1-arm64"), image("new")];
    const elsewhere = `${registry.host}/other/pause:new`;
    const lines = [
      ["create", "--insecure", list, amd64, arm64],
      ["create", "--insecure", list, amd64],
      ["create", "--insecure", "--amend", list, amd64],
      ["create", "--insecure", list.replace("new", "newer"), image("none")],
      ["annotate", list, arm64, "--arch", "arm", "--variant", "v7", "--os", "linux"],
      ["annotate", list, image("none"), "--arch", "arm"],
      ["annotate", list.replace("new", "none"), arm64, "--arch", "arm"],
      ["inspect", "--insecure", list],
      ["inspect", "--insecure", list, arm64],
      ["inspect", "--insecure", "-v", list, arm64],
      ["inspect", "--insecure", "-v", list],
      ["inspect", "--insecure", amd64],
      ["inspect", "--insecure", image("3.1")],
      ["inspect", "--insecure", image("none")],
      ["create", "--insecure", elsewhere, amd64, arm64],
      ["rm", list],
      ["rm", list, image("none")],
      ["push", "--insecure", list],
    ];
    const [ours, docker] = [await startOurs(), await startDocker()];
    for (const line of lines) {
      const [mine, theirs] = [await ours(...line), await docker(...line)];
      expect([line, mine.code, mine.stdout]).toEqual([line, theirs.code, theirs.stdout]);
      for (const text of theirs.stderr.split("\n").filter(Boolean)) expect(mine.stderr).toContain(text);
    }
    const pushed = await ours("push", "--insecure", "--purge", elsewhere);
    expect(await fetchDigest(registry.host, "other/pause:new")).toBe(pushed.stdout.split("\n").at(-2));
  });
});

describeWith(anyRegistry.missing ?? missingOldDocker, "docker 20.10's manifest", () => {
  test("makes lists in other repositories of images that a load has published", async () => {
    const registry = await anyRegistry.start();
    try {
      await runCli(["--registry", registry.host, ...k3sFlags("docker20", ["amd64", "arm64"])]);
      const images = ["3.1-amd64", "3.1-arm64"].map((tag) => `${registry.host}/rancher/pause:${tag}`);
      const docker = await startDocker(oldDocker);
      const list = `${registry.host}/other/pause:new`;
      expect(await docker("create", "--insecure", list, ...images)).toMatchObject({ code: 0 });
      expect(await docker("push", "--insecure", list)).toMatchObject({ code: 0 });
      const { images: published } = await judgeList(list);
      expect(published.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    } finally {
      await registry.stop();
    }
  });
});

describeRegistries("manifest", (start) => {
  let registry: RunningRegistry;
  let manifest: Manifest;

  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    manifest = await startOurs();
  });

  async function push(
    name: string,
    architecture: string,
    machine: number,
    variant?: string,
  ): Promise<string> {
    const more = variant === undefined ? {} : { variant };
    await pushImage(registry.host, name, { family: "docker", claimed: architecture, machine, ...more });
    return `${registry.host}/${name}`;
  }

  test("lists images of its own and of other repositories, which it brings along", async () => {
    const amd64 = await push("team/app:1-amd64", "amd64", 0x3e);
    const arm = await push("else/app:1-arm", "arm", 0x28);
    const list = `${registry.host}/team/app:1`;
    expect(await manifest("create", list, amd64, arm)).toMatchObject({
      code: 0,
      stdout: `Created manifest list ${list}\n`,
    });
    // What is said last holds, and another architecture takes its variant along.
    await manifest("annotate", list, arm, "--arch", "arm64", "--variant", "v9");
    await manifest("annotate", list, arm, "--arch", "arm");
    expect((await manifest("inspect", list)).stdout).not.toContain("v9");
    expect(await manifest("annotate", list, arm, "--variant", "v6")).toMatchObject({ code: 0, stdout: "" });
    const { code, stdout } = await manifest("push", "--purge", list);
    const moved = await fetchDigest(registry.host, "else/app:1-arm");
    const digest = await fetchDigest(registry.host, "team/app:1");
    expect([code, stdout]).toEqual([
      0,
      `Pushed ref ${registry.host}/team/app@${moved} with digest: ${moved}\n${digest}\n`,
    ]);
    const { images } = await judgeList(list);
    expect(images.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm/v6"]);
    expect(await manifest("push", list)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No such manifest: "),
    });
  });

  test("pushes nothing that has changed since it was added, until it is told to", async () => {
    const amd64 = await push("stale/app:1-amd64", "amd64", 0x3e);
    const list = `${registry.host}/stale/app:1`;
    await manifest("create", list, amd64);
    await push("stale/app:1-amd64", "amd64", 0xb7);
    const { code, stdout, stderr } = await manifest("push", list);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /\[IMAGE_CHANGED\]: Cannot push ".*\/stale\/app:1": ".*:1-amd64" was sha256:.* when it was added, and is sha256:/,
    );
    expect(await fetchDigest(registry.host, "stale/app:1")).toBeUndefined();
    const amend = /airgap-load manifest (create --amend .*)/.exec(stderr)?.[1]?.split(" ") ?? [];
    expect(await manifest(...amend)).toMatchObject({ code: 0 });
    expect(await manifest("push", list)).toMatchObject({ code: 0 });
  });

  test("takes lists with attestations, and refuses two images for one platform", async () => {
    const archive = samplePath("k3s8/docker26-containerd/k3s-airgap-images-arm64.tar.gz");
    const attested = `${registry.host}/attested/pause:1`;
    await runCli(["copy", `oci-archive:${archive}:rancher/pause:3.1`, `docker://${attested}`]);
    const arm = await push("attested/pause:arm", "arm", 0x28, "v7");
    const list = `${registry.host}/attested/pause:both`;
    expect(await manifest("create", list, attested, arm)).toMatchObject({ code: 0 });
    expect(await manifest("push", list)).toMatchObject({ code: 0 });
    const { manifests } = JSON.parse(
      (await fetchManifest(registry.host, "attested/pause", "both")).toString(),
    ) as {
      manifests: { platform: { architecture: string }; annotations?: unknown }[];
    };
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm", "unknown"]);
    expect(manifests[2]?.annotations).toBeDefined();

    const twin = await push("attested/pause:twin", "arm", 0x28, "v7");
    // The same image under two names is one.
    await manifest("create", "--amend", list, arm, twin);
    expect(await manifest("push", list)).toMatchObject({ code: 0 });
    await push("attested/pause:other", "arm", 0xb7);
    await manifest("create", "--amend", list, `${registry.host}/attested/pause:other`);
    const refused = await manifest("push", list);
    expect(refused).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/both are for linux\/arm$/m),
    });
    const ambiguous = await manifest("annotate", list, attested, "--arch", "arm64");
    expect(ambiguous.code).toBe(0);
  });
});

describe("manifest is refused", () => {
  test.each([
    { args: ["create", "a:1"], code: 64, says: /missing required argument/ },
    { args: ["frobnicate"], code: 64, says: /unknown command|too many/ },
    {
      args: ["annotate", "a:1", "b:1", "--arch", "arm"],
      code: 1,
      says: /does not exist in docker.io\/library\/a:1/,
    },
    { args: ["push", "a:1"], code: 1, says: /No such manifest: docker.io\/library\/a:1/ },
  ])("with $args", async ({ args, code, says }) => {
    const manifest = await startOurs();
    expect(await manifest(...args)).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(says) });
  });

  test("where its state cannot be written or read", async () => {
    const folder = await makeTempFolder();
    const env = { XDG_STATE_HOME: join(folder, "file") };
    await writeFile(env.XDG_STATE_HOME, "");
    expect(await runCli(["manifest", "push", "a:1"], { env })).toMatchObject({
      code: 73,
      stderr: expect.stringContaining("error [STATE_NOT_WRITABLE]"),
    });
    const state = join(folder, "airgap-load", "manifests");
    await mkdir(state, { recursive: true });
    await writeFile(join(state, `${digestHex(digestOf("docker.io/library/a:1"))}.json`), '{"version":2}');
    expect(await runCli(["manifest", "inspect", "a:1"], { env: { XDG_STATE_HOME: folder } })).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("it is of another version"),
    });
  });
});
