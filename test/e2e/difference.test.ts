import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackMadeBundles } from "../helpers/archives/real-bundles.ts";
import { runCli } from "../helpers/processes/run-cli.ts";
import { runProgram } from "../helpers/processes/run-program.ts";
import { type Contents, fetchContents } from "../helpers/registries/fetch-bytes.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../helpers/registries/test-registry.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const app = "sha256:c403a3d0c6d91944d84f69ca130365b8cc3b8c029e02b65a27d3d47d4fb4cc59";
const tool = "sha256:0fb698c99528a67cfeca230522900b1d755ba59c57737a879c780c73324b0e1b";
const wanted = { "library/app:1.0": app, "rancher/tool:2.0": tool };

/** An image set of oc-mirror v2 that has all; and one without a layer of app and without tool, which an earlier one had. */
let whole: string;
let difference: string;
let registry: TestRegistry;
beforeEach(async () => {
  const folder = await unpackMadeBundles(await makeTempFolder());
  [whole, difference] = [join(folder, "mirror_000001.tar"), join(folder, "oc-mirror-difference.tar")];
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

function load(...args: readonly string[]): ReturnType<typeof runCli> {
  return runCli(["--registry", registry.host, ...args]);
}

function fetchFound(contents: Contents = wanted): Promise<Contents> {
  return fetchContents(registry.host, contents);
}

test("loads where the registry has what the set counts on", async () => {
  await load(whole);
  const { code, stderr } = await load(difference);

  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain("note: images of earlier archives that these count on, and that are there: 1");
  expect(await fetchFound()).toEqual(wanted);
});

test("sends nothing where the registry lacks some of it, and tells all that is missing", async () => {
  const { code, stderr } = await load(difference);

  expect({ code, stderr }).toMatchObject({
    code: 65,
    stderr: expect.stringContaining("BASE_MISSING") as string,
  });
  expect(stderr).toMatch(/- image rancher\/tool:2\.0, sha256:0fb698c9/);
  expect(stderr).toMatch(/- layer sha256:[0-9a-f]{64} of library\/app:1\.0/);
  expect(registry.requests.filter(({ method }) => method !== "GET" && method !== "HEAD")).toEqual([]);
});

test("a dry run tells it as well", async () => {
  expect(await load("--dry-run", difference)).toMatchObject({ code: 65 });
});

test("what is not asked for is not missed", async () => {
  await load("--rename", "rancher/tool=elsewhere/tool", whole);
  const list = join(dirname(whole), "list.txt");
  await writeFile(list, "app:1.0\n");

  expect(await load("--image-list", list, difference)).toMatchObject({ code: 0 });
  expect(await fetchFound({ "library/app:1.0": app, "rancher/tool:2.0": undefined })).toEqual({
    "library/app:1.0": app,
    "rancher/tool:2.0": undefined,
  });
});

const noMounts: Fault = (handler) => (request, response) => {
  request.url = request.url?.replace(/\?.*mount=.*$/, "") ?? "";
  return handler(request, response);
};

test.each([
  ["by a mount", []],
  ["through here where the registry mounts nothing", [noMounts]],
])("a layer that another repository has comes from there, %s", async (_, faults) => {
  await load("--rename", "library/app=site/copy", whole);
  const copy = await linkLayers(difference, "site/copy");
  registry.faults = faults;

  expect(await load(copy)).toMatchObject({ code: 0 });
  expect(await fetchFound()).toEqual(wanted);
});

test("an archive that is only a part of a set is told, with what to do", async () => {
  const part = join(dirname(whole), "oc-mirror-parts/mirror_000002.tar");
  const { code, stderr } = await load(part);

  expect({ code, stderr }).toMatchObject({
    code: 65,
    stderr: expect.stringMatching(/put all of the set into one folder/) as string,
  });
});

/** The same archive, in which another repository has all layers of app as well. */
async function linkLayers(archive: string, repository: string): Promise<string> {
  const folder = await makeTempFolder();
  const root = "docker/registry/v2/repositories";
  const listed = (await runProgram("tar", "-tf", archive)).split("\n");
  for (const name of listed.filter(
    (each) => each.startsWith(`${root}/library/app/_layers/`) && each.endsWith("/link"),
  )) {
    const path = join(folder, name.replace("library/app", repository));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "");
  }
  const copy = join(folder, "copy.tar");
  await cp(archive, copy);
  await runProgram("tar", "-rf", copy, "-C", folder, root);
  return copy;
}
