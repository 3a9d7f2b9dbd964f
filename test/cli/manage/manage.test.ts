import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { storeImage } from "../../helpers/archives/store-image.ts";
import { runCli } from "../../helpers/processes/run-cli.ts";
import { refuse, faultFor } from "../../helpers/registries/faults/fault.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

async function start(...names: readonly string[]): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  onTestFinished(() => registry.stop());
  for (const name of names) {
    const [repository = "", tag] = name.split(":");
    await storeImage(registry.storage, repository, name, tag);
  }
  return registry;
}

async function writeList(...names: readonly string[]): Promise<string> {
  const path = join(await makeTempFolder(), "list.txt");
  await writeFile(path, names.join("\n"));
  return path;
}

const withoutCatalog: Fault = faultFor(
  ({ url = "" }) => url.startsWith("/v2/_catalog"),
  refuse({ status: 401, code: "UNAUTHORIZED" }),
);

test("prune wants a path, a list that names something, and one that something there is on", async () => {
  const registry = await start("k3s/rancher/pause:3.1");
  const { host } = registry;
  const list = await writeList("rancher/pause:3.1");
  for (const [place, keep, message] of [
    [host, list, "no path is given"],
    [`${host}/k3s`, await writeList("# nothing"), "--keep-list"],
    [`${host}/k3s`, await writeList("rancher/pause:9"), "nothing there is on the keep list"],
    [`${host}/k4s`, list, "nothing there is on the keep list"],
  ] as const) {
    const result = await runCli(["prune", place, "--keep-list", keep, "--yes"]);
    expect([result.code, result.stderr]).toEqual([64, expect.stringContaining(message)]);
  }
  expect(await registry.tags("k3s/rancher/pause")).toEqual(["3.1"]);
  expect(registry.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
});

test("prune knows images by the names that a load has given them", async () => {
  const names = ["k3s/rancher/pause:3.1", "k3s/mirror/etcd:1", "k3s/quay.io/a/b:1", "other/app:1"];
  const registry = await start(...names, "k3s/rancher/pause:3.0");
  const list = await writeList(
    "rancher/pause:3.1",
    "quay.io/coreos/etcd:1",
    `${registry.host}/k3s/quay.io/a/b:1`,
  );
  const args = [
    "prune",
    `${registry.host}/k3s`,
    "--keep-list",
    list,
    "--rename",
    "quay.io/coreos/*=mirror/*",
  ];
  expect((await runCli([...args, "--yes"])).code).toBe(0);
  expect(Object.keys(await registry.snapshot()).sort()).toEqual([...names].sort());
});

test("prune tells what is on the list and not there, for a program as well, and goes on", async () => {
  const { host } = await start("k3s/org/app:1", "k3s/org/app:2");
  const list = await writeList("org/app:1", "org/app:3", "org/other:1");
  const result = await runCli(["prune", `${host}/k3s`, "--keep-list", list, "--json"]);
  expect([result.code, result.stderr]).toEqual([
    0,
    expect.stringContaining(
      "note: 2 images: on the keep list, and not there\n  docker.io/org/app:3\n  docker.io/org/other:1\n",
    ),
  ]);
  const { warnings } = JSON.parse(result.stdout) as { warnings: unknown[] };
  expect(warnings).toContainEqual({
    severity: "note",
    subject: "docker.io/org/app:3",
    text: "on the keep list, and not there",
  });
});

test("prune without --yes sends nothing but questions", async () => {
  const registry = await start("k3s/app:1", "k3s/app:2");
  const result = await runCli(["prune", `${registry.host}/k3s`, "--keep-list", await writeList("k3s/app:1")]);
  expect(result.stdout).toMatch(/k3s\/app:2 +would delete/);
  expect(result.stdout).toContain("Nothing was deleted: that takes --yes.");
  expect(registry.requests.filter(({ method }) => !/^(?:GET|HEAD)$/.test(method))).toEqual([]);
});

test("a repository that cannot be read is left as it is, and stops no other", async () => {
  const registry = await start("k3s/a:1", "k3s/a:2", "k3s/b:1", "k3s/b:2");
  registry.faults = [
    faultFor(({ url = "" }) => url.includes("/k3s/a/manifests/2"), refuse({ status: 403, code: "DENIED" })),
  ];
  const list = await writeList("k3s/a:1", "k3s/b:1");
  const result = await runCli(["prune", `${registry.host}/k3s`, "--keep-list", list, "--yes"]);
  expect(result.code).toBe(1);
  expect(result.stdout).toContain("[NOT_VERIFIABLE]");
  expect(Object.keys(await registry.snapshot())).toEqual(["k3s/a:1", "k3s/a:2", "k3s/b:1"]);
});

test("a repository in which a tag has moved meanwhile is left as it is", async () => {
  const registry = await start("k3s/a:1", "k3s/a:2");
  registry.faults = [
    (handler) => async (request, response) => {
      const isSecond = request.url?.includes("/tags/list") && registry.requests.length > 4;
      if (isSecond) await storeImage(registry.storage, "k3s/a", "moved", "3");
      return handler(request, response);
    },
  ];
  const list = await writeList("k3s/a:1");
  const result = await runCli(["prune", `${registry.host}/k3s`, "--keep-list", list, "--yes"]);
  expect([result.code, result.stdout]).toEqual([1, expect.stringContaining("[REPOSITORY_CHANGED]")]);
  expect(await registry.tags("k3s/a")).toEqual(["1", "2", "3"]);
});

test("repositories are named, or come from a file, where the registry does not tell them", async () => {
  const registry = await start("k3s/a:1", "k3s/b:1", "c:1");
  registry.faults = [withoutCatalog];
  const all = await runCli(["ls", registry.host]);
  expect([all.code, all.stderr]).toEqual([64, expect.stringContaining("--repositories FILE")]);
  expect((await runCli(["ls", `${registry.host}/c`])).stdout).toContain("/c:1 ");
  const file = await writeList("k3s/a", `${registry.host}/k3s/b`);
  const listed = await runCli(["ls", registry.host, "--repositories", file]);
  expect(listed.stdout).toContain("2 tags in 2 repositories");
  const outside = await runCli(["ls", `${registry.host}/k3s`, "--repositories", await writeList("c")]);
  expect([outside.code, outside.stderr]).toEqual([64, expect.stringContaining('below "k3s"')]);
});

test("delete wants a tag or a digest, of one registry, that is there", async () => {
  const { host } = await start("a:1");
  for (const [names, code, message] of [
    [[`${host}/a`], 64, "neither a tag nor a digest"],
    [[`${host}/a:1`, "elsewhere.site/a:1"], 64, "two registries"],
    [[`${host}/a:1@sha256:${"0".repeat(64)}`], 64, "both a tag and a digest"],
    [[`${host}/a:1`, `${host}/a:2`], 66, "Nothing was deleted"],
  ] as const) {
    const result = await runCli(["delete", ...names, "--yes"]);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
  }
  expect((await runCli(["ls", host])).stdout).toContain("/a:1 ");
});

test("a registry that deletes nothing says so, and a token for deleting is asked for by delete alone", async () => {
  const registry = await start("a:1");
  registry.faults = [faults.deleteNothing()];
  const refused = await runCli(["delete", `${registry.host}/a:1`, "--yes"]);
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining("[DELETE_REFUSED]")]);
  const auth = faults.createTokenAuth({ username: "me", password: "secret" });
  registry.faults = [auth.fault];
  const signIn = ["--username", "me", "--plain-http"];
  const env = { AIRGAP_LOAD_PASSWORD: "secret" };
  await runCli(["ls", `${registry.host}/a`, ...signIn], { env });
  expect(JSON.stringify(auth.asked)).not.toContain("delete");
  const deleted = await runCli(["delete", `${registry.host}/a:1`, "--yes", ...signIn], { env });
  expect(deleted.code).toBe(0);
  expect(JSON.stringify(auth.asked)).toContain("repository:a:pull,delete");
});

test("ls shows what cannot be read beside the rest", async () => {
  const registry = await start("a:1", "a:2");
  registry.faults = [
    faultFor(({ url = "" }) => url.endsWith("/a/manifests/2"), refuse({ status: 403, code: "DENIED" })),
  ];
  const result = await runCli(["ls", registry.host]);
  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(/a:2 .*unreadable\n/);
  expect(result.stdout).toMatch(/a:1 +arm64 /);
});

test("what is not there is told with what was probably meant", async () => {
  const { host } = await start("rancher/pause:3.1");
  for (const [args, hint] of [
    [["ls", `${host}/rancher/puase`], "Did you mean rancher/pause? "],
    [["tags", `${host}/rancher/paus`], "Did you mean rancher/pause? "],
    [["tags", `${host}/other/app`], "airgap-load ls lists"],
    [["delete", `${host}/rancher/pause:3.l`], "Nothing was deleted. Did you mean 3.1? "],
    [["delete", `${host}/rancher/pause:latest`], "Nothing was deleted. airgap-load tags lists"],
  ] as const) {
    const result = await runCli(args);
    expect([args[0], result.code, result.stderr]).toEqual([
      args[0],
      66,
      expect.stringContaining(`\n${hint}`),
    ]);
  }
});
