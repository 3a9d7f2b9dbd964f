import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { k3sFlags, k3sNames } from "../helpers/archives/k3s-samples.ts";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { judgeList } from "../helpers/judges/judge-list.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { fetchDigest, fetchTags } from "../helpers/registries/fetch-bytes.ts";
import { pushImage } from "../helpers/registries/push-by-hand.ts";
import { registries, type RegistryKind, type RunningRegistry } from "../helpers/registries/registries.ts";
import { startServeProcess } from "../helpers/registries/serve-process.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const serve: RegistryKind = {
  title: "serve",
  missing: undefined,
  start: async () => {
    const folder = await mkdtemp(join(tmpdir(), "airgap-load-prune-"));
    const served = await startServeProcess(folder);
    return {
      host: served.host,
      stop: async () => {
        await served.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/** Distribution 2 deletes manifests only, all of a manifest's tags with it. */
const withoutTagDeletion = "docker-registry";

for (const { title, missing, start } of [...registries, serve]) {
  describeWith(missing, `looking after ${title}`, () => {
    let registry: RunningRegistry;
    let host: string;

    beforeAll(async () => {
      registry = await start();
      host = registry.host;
      const load = await runCli([
        "--registry",
        `${host}/k3s`,
        "--arch-tags",
        "always",
        ...k3sFlags("docker20", ["amd64", "arm64"]),
      ]);
      if (load.code !== 0) throw new Error(load.stderr);
    });
    afterAll(() => registry.stop());

    test("ls and tags tell images, platforms and sizes", async () => {
      const ls = await runCli(["ls", host, "--json"]);
      const { images, totals } = JSON.parse(ls.stdout) as {
        images: { repository: string; tag: string; size: number; platforms: { platform: string }[] }[];
        totals: object;
      };
      expect(images.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual(
        k3sNames.map((name) => `k3s/${name}`).sort(),
      );
      for (const { platforms, size } of images) {
        expect(platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
        expect(size).toBeGreaterThan(1000);
      }
      expect(totals).toMatchObject({ images: k3sNames.length, repositories: k3sNames.length });
      const one = await runCli(["ls", `${host}/k3s/rancher/pause`, "--all"]);
      expect(one.stdout).toMatch(/pause:3\.1 +amd64 arm64 +\d.*\n.*pause:3\.1-amd64 +amd64 /);
      const tags = await runCli(["tags", `${host}/k3s/rancher/pause`]);
      expect(tags.stdout).toBe("3.1\n3.1-amd64\n3.1-arm64\n");
      expect((await runCli(["tags", `${host}/k3s/rancher`])).code).toBe(66);
    });

    test("prune tells what would go, and deletes that with --yes, and what is kept pulls whole", async () => {
      const kept = k3sNames.slice(0, 3);
      const list = join(await makeTempFolder(), "keep.txt");
      await writeFile(list, kept.join("\n"));
      const args = ["prune", `${host}/k3s`, "--keep-list", list];
      const before = await Promise.all(kept.map((name) => judgeList(`${host}/k3s/${name}`)));
      const plan = await runCli(args);
      expect(plan.code).toBe(0);
      expect(plan.stdout).toMatch(/^Would delete 15 tags and 15 manifests of 8 repositories; 9 tags stay\./m);
      for (const name of k3sNames) expect(await fetchDigest(host, `k3s/${name}`)).toBeDefined();
      const done = await runCli([...args, "--yes", "--json"]);
      expect(done.code).toBe(0);
      expect(JSON.parse(done.stdout)).toMatchObject({
        changed: true,
        dryRun: false,
        totals: { tagsDeleted: 15, manifestsDeleted: 15, tagsKept: 9, failed: 0 },
      });
      for (const name of k3sNames.slice(3)) {
        expect(await fetchDigest(host, `k3s/${name}`)).toBeUndefined();
        expect(await fetchTags(host, `k3s/${name.replace(/:.*/, "")}`)).toEqual([]);
      }
      expect(await Promise.all(kept.map((name) => judgeList(`${host}/k3s/${name}`)))).toEqual(before);
      const again = await runCli([...args, "--yes", "--json"]);
      expect(JSON.parse(again.stdout)).toMatchObject({ changed: false });
    });

    test("delete takes a list's images and their tags along, and only a tag where its digest has another", async () => {
      const image = { family: "oci", claimed: "amd64", machine: 62 } as const;
      for (const tag of ["one", "two"]) await pushImage(host, `solo/app:${tag}`, image);
      const shared = await runCli(["delete", `${host}/solo/app:one`, "--yes"]);
      const isGone = title !== withoutTagDeletion;
      expect(shared.code).toBe(isGone ? 0 : 1);
      expect(shared.stdout).toMatch(isGone ? /its digest stays, two names it/ : /deletes manifests only/);
      expect(await fetchTags(host, "solo/app")).toEqual(isGone ? ["two"] : ["one", "two"]);
      const name = `${host}/k3s/${k3sNames[0]}`;
      const whole = await runCli(["delete", name, "--yes"]);
      expect(whole.code).toBe(0);
      expect(whole.stdout).toMatch(/^Deleted 3 tags and 3 manifests of 1 repository; 0 tags stay\./m);
      expect((await runCli(["delete", name, "--yes"])).code).toBe(66);
    });
  });
}
