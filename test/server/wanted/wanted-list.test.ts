import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { serve } from "../../../src/server/serve.ts";
import { WantedList } from "../../../src/server/wanted/wanted-list.ts";
import { pushImageBlobs, pushManifestRaw } from "../../helpers/registries/push-raw.ts";
import { send } from "../../helpers/registries/send.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

/** The names in an image list: its lines without comments. */
function namesIn(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("what nodes ask for in vain is listed under its source, counted, and survives a restart", async () => {
  const [data, folder] = [await makeTempFolder(), await makeTempFolder()];
  const wanted = join(folder, "wanted.txt");
  for (let round = 0; round < 2; round++) {
    const server = await serve({ data, listen: "127.0.0.1:0", wanted });
    await pushManifestRaw(server.url, "a/b", "v1", await pushImageBlobs(server.url, "a/b", "1"));
    for (const path of [
      "a/b/manifests/v1",
      "library/busybox/manifests/1.36",
      "coreos/etcd/manifests/v3.5.0?ns=quay.io",
      "coreos/etcd/manifests/v3.5.0?ns=%0aevil",
      "a/b/manifests/..bad",
      `a/b/blobs/sha256:${"a".repeat(64)}`,
    ]) {
      await send("HEAD", `${server.url}/v2/${path}`);
    }
    const page = (await send("GET", server.url)).text;
    for (const name of ["docker.io/library/busybox:1.36", "quay.io/coreos/etcd:v3.5.0"]) {
      expect(page).toContain(name);
    }
    await server.stop();
    const text = await readFile(wanted, "utf8");
    expect(namesIn(text)).toEqual(["docker.io/library/busybox:1.36", "quay.io/coreos/etcd:v3.5.0"]);
    expect(text).toMatch(new RegExp(`# ${round + 1} times, first \\S+Z, last \\S+Z\ndocker`));
  }
});

test("what is pushed is wanted no more, and our own program only looks", async () => {
  const wanted = join(await makeTempFolder(), "wanted.txt");
  const server = await serve({ data: await makeTempFolder(), listen: "127.0.0.1:0", wanted });
  await send("GET", `${server.url}/v2/a/b/manifests/v1?ns=quay.io`);
  await send("GET", `${server.url}/v2/a/b/manifests/v2`);
  await send("GET", `${server.url}/v2/a/b/manifests/v3`, { headers: { "user-agent": "airgap-load/1" } });
  await pushManifestRaw(server.url, "a/b", "v1", await pushImageBlobs(server.url, "a/b", "1"));
  await server.stop();
  expect(namesIn(await readFile(wanted, "utf8"))).toEqual(["docker.io/a/b:v2"]);
});

test("the list is bounded, and what was asked for last stays", async () => {
  const path = join(await makeTempFolder(), "wanted.txt");
  await writeFile(path, "quay.io/by/hand:1\n");
  {
    await using list = await WantedList.open(path);
    expect(list.list().map(({ name }) => name)).toEqual(["quay.io/by/hand:1"]);
    for (let i = 0; i < 1500; i++) list.add(`docker.io/library/n${i}:1`);
    list.add("docker.io/library/n600:1");
  }
  const names = namesIn(await readFile(path, "utf8"));
  expect(names).toHaveLength(1000);
  expect(names.slice(-2)).toEqual(["docker.io/library/n1499:1", "docker.io/library/n600:1"]);
});

test("a list that is closed while its file is written leaves it whole, and nothing beside it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const folder = await makeTempFolder();
  {
    await using list = await WantedList.open(join(folder, "wanted.txt"));
    list.add("docker.io/library/busybox:1.36");
    vi.runAllTimers();
  }
  expect(await readdir(folder)).toEqual(["wanted.txt"]);
  const text = await readFile(join(folder, "wanted.txt"), "utf8");
  expect(namesIn(text)).toEqual(["docker.io/library/busybox:1.36"]);
});

test("a file that cannot be written is told before anything is served", async () => {
  const data = await makeTempFolder();
  await expect(
    serve({ data, listen: "127.0.0.1:0", wanted: join(data, "none", "file") }),
  ).rejects.toMatchObject({
    code: "USAGE",
    exit: "cannotCreate",
  });
});
