import { afterEach, beforeEach, expect, test } from "vitest";
import { describeRegistries } from "../helpers/registries/describe-registries.ts";
import { fetchDigest } from "../helpers/registries/fetch-bytes.ts";
import { judgeList, type JudgedList } from "../helpers/judges/judge-list.ts";
import { k3sFlags, type K3sArchitecture, type K3sWriter } from "../helpers/archives/k3s-samples.ts";
import { pushImage, pushList, type HandmadeEntry } from "../helpers/registries/push-by-hand.ts";
import { moreRegistries, type RunningRegistry } from "../helpers/registries/registries.ts";
import { runCli, type CliResult } from "../helpers/processes/run-cli.ts";

const name = "rancher/pause:3.1";
const machine = { amd64: 0x3e, arm64: 0xb7, arm: 0x28 } as const;

describeRegistries(
  "what is there already",
  (start) => {
    let registry: RunningRegistry;
    beforeEach(async () => {
      registry = await start();
    });
    afterEach(() => registry.stop());

    test("the old script's list of amd64, amd64, amd64 is made right by the three archives", async () => {
      await pushOldList();
      const { code, stderr } = await load("docker20", ["amd64", "arm64", "arm"]);
      expect(code).toBe(0);
      expect(stderr).toMatch(/amd64.*(?:twice|more than once|duplicate|three times|3 entries)/i);
      expect(summarize(await judge())).toEqual([
        ["linux/amd64", ["amd64"]],
        ["linux/arm64", ["arm64"]],
        ["linux/arm/v7", ["arm"]],
      ]);
    });

    test("the old script's list is not kept in part without a word, and the error names the way out", async () => {
      const before = await pushOldList();
      const { code, stdout } = await load("docker20", ["arm64"]);
      expect(code).toBe(1);
      expect(stdout).toContain("--on-existing replace");
      expect(await fetchDigest(registry.host, name)).toBe(before);
    });

    test("--on-existing replace takes the place of the old script's list", async () => {
      const before = await pushOldList();
      const { code, stdout } = await load("docker20", ["arm64"], "--on-existing", "replace");
      expect(code).toBe(0);
      expect(stdout).toContain(before);
      expect(summarize(await judge())).toEqual([["linux/arm64", ["arm64"]]]);
    });

    test("--on-existing fail leaves a tag that is there", async () => {
      const before = await pushOldList();
      const { code } = await load("docker20", ["amd64"], "--on-existing", "fail");
      expect(code).toBe(1);
      expect(await fetchDigest(registry.host, name)).toBe(before);
    });

    test("a single manifest counts as a list of one, and is kept byte for byte", async () => {
      const single = await pushImage(registry.host, name, {
        family: "docker",
        claimed: "amd64",
        machine: machine.amd64,
      });
      const { code } = await load("docker20", ["arm64", "arm"]);
      expect(code).toBe(0);
      const list = await judge();
      expect(summarize(list)).toEqual([
        ["linux/amd64", ["amd64"]],
        ["linux/arm64", ["arm64"]],
        ["linux/arm/v7", ["arm"]],
      ]);
      expect(list.images[0]?.digest).toBe(single.digest);
    });

    test.each([
      { family: "oci", writer: "docker20" },
      { family: "docker", writer: "docker26-containerd" },
    ] as const)("over a $family image, archives of $writer give an OCI index", async ({ family, writer }) => {
      const entry = await pushImage(registry.host, name, {
        family,
        claimed: "amd64",
        machine: machine.amd64,
      });
      await pushList(registry.host, name, family, [entry]);
      const { code } = await load(writer, ["arm64", "arm"]);
      expect(code).toBe(0);
      const list = await judge();
      expect(list.mediaType).toBe("application/vnd.oci.image.index.v1+json");
      expect(list.images[0]).toMatchObject({ digest: entry.digest, mediaType: entry.mediaType });
      expect(summarize(list)).toEqual([
        ["linux/amd64", ["amd64"]],
        ["linux/arm64", ["arm64"]],
        ["linux/arm/v7", ["arm"]],
      ]);
    });

    test("an entry of the same platform is replaced, and the old list's digest is reported", async () => {
      const entry = await pushImage(registry.host, name, {
        family: "docker",
        claimed: "arm64",
        machine: machine.arm64,
      });
      const before = await pushList(registry.host, name, "docker", [entry]);
      const { code, stdout } = await load("docker20", ["arm64"]);
      expect(code).toBe(0);
      expect(stdout).toContain("replaced");
      expect(stdout).toContain(before);
      expect((await judge()).images.map(({ digest }) => digest)).not.toContain(entry.digest);
    });

    test("an entry whose config lies is kept where its binaries bear it out", async () => {
      const lying = { family: "docker", claimed: "amd64", machine: machine.arm64 } as const;
      const entry = await pushImage(registry.host, name, lying);
      const platform = { os: "linux", architecture: "arm64" };
      await pushList(registry.host, name, "docker", [{ ...entry, platform }]);
      const { code } = await load("docker20", ["amd64"]);
      expect(code).toBe(0);
      expect((await judge()).images.map(({ digest }) => digest)).toContain(entry.digest);
    });

    test("an entry that config and binaries contradict is not kept without a word", async () => {
      const other = { family: "docker", claimed: "amd64", machine: machine.amd64 } as const;
      const entry = await pushImage(registry.host, name, other);
      const platform = { os: "linux", architecture: "arm64" };
      const before = await pushList(registry.host, name, "docker", [{ ...entry, platform }]);
      const { code, stdout } = await load("docker20", ["amd64"]);
      expect(code).toBe(1);
      expect(stdout).toContain("--on-existing replace");
      expect(await fetchDigest(registry.host, name)).toBe(before);
    });

    /** What `docker load; docker tag; docker push; docker manifest create` leave of k3s's own archives. */
    async function pushOldList(): Promise<string> {
      const entries: HandmadeEntry[] = [];
      for (const arch of ["amd64", "arm64", "arm"] as const) {
        const image = { family: "docker", claimed: "amd64", machine: machine[arch] } as const;
        entries.push(await pushImage(registry.host, `${name}-${arch}`, image));
      }
      return pushList(registry.host, name, "docker", entries);
    }

    function load(
      writer: K3sWriter,
      architectures: readonly K3sArchitecture[],
      ...more: string[]
    ): Promise<CliResult> {
      return runCli(["--registry", registry.host, ...k3sFlags(writer, architectures), ...more]);
    }

    function judge(): Promise<JudgedList> {
      return judgeList(`${registry.host}/${name}`);
    }
  },
  moreRegistries,
);

function summarize({ images }: JudgedList): unknown {
  return images.map(({ platform, machines }) => [platform, machines]);
}
