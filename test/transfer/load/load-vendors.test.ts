import { describe, expect, onTestFinished, test } from "vitest";
import type { Digest } from "../../../src/oci/digest.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { copyImage } from "../../../src/transfer/graph/copy-image.ts";
import type { GivenSource } from "../../../src/transfer/plan/planned-image.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";
import { give } from "../../helpers/summarize-plan.ts";

const name = "team/app:1";
const credentials = { username: "loader", password: "s3cret" };

/** An image of one name for each architecture, in an archive of its own. */
function archives(salt = "1", architectures = ["amd64", "arm64"]): GivenSource[] {
  return architectures.map((architecture) => {
    const own = { binaries: [["bin/app", architecture] as const], salt: `${architecture} ${salt}` };
    const layers = [{ salt: "shared" }, own];
    return give(architecture, [buildImage({ config: `linux/${architecture}`, names: [name], layers })]);
  });
}

async function start(): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  onTestFinished(() => registry.stop());
  return registry;
}

async function listChildren(registry: TestRegistry, tag: string): Promise<Digest[]> {
  const list = await registry.readTag("team/app", tag);
  if (list?.kind !== "index") throw new Error(`${tag} is no list`);
  return list.manifests.map(({ digest }) => digest);
}

/** The children of a list that its repository does not have. */
async function findLostChildren(registry: TestRegistry, tag: string): Promise<Digest[]> {
  const lost: Digest[] = [];
  for (const digest of await listChildren(registry, tag)) {
    if (!(await registry.readTag("team/app", digest))) lost.push(digest);
  }
  return lost;
}

async function copyTag(registry: TestRegistry, from: string, to: string): Promise<void> {
  await using store = await createRegistryStore({ host: registry.host, plainHttp: true, env: {} });
  const repository = store.repository("team/app");
  const root = await registry.readTag("team/app", from);
  if (!root) throw new Error(`${from} is not there`);
  await copyImage(root, repository, { repository, tag: to }, { onEvent: () => undefined });
}

async function digestOfTag(registry: TestRegistry, tag: string): Promise<Digest | undefined> {
  return (await registry.readTag("team/app", tag))?.descriptor.digest;
}

describe("tags of images", () => {
  test.for([
    { vendor: "distribution", makes: true },
    { vendor: "harbor", makes: false },
    { vendor: "quay", makes: false },
    { vendor: "gitea", makes: false },
    { vendor: "pulp", makes: false },
    { vendor: "zot", makes: false },
  ] as const)("are made for $vendor: $makes, and a dry run tells the same", async ({ vendor, makes }) => {
    const registry = await start();
    registry.faults = [faults.showVendor(vendor)];
    const tell = async (dryRun: boolean) => {
      const { lists } = await loadImages(registry.host, archives(), { dryRun });
      return lists.flatMap(({ cells }) => cells.map(({ archTag }) => archTag));
    };
    const wanted = makes ? ["1-amd64", "1-arm64"] : [undefined, undefined];
    expect(await tell(true)).toEqual(wanted);
    expect(await tell(false)).toEqual(wanted);
    expect(await registry.tags("team/app")).toEqual(makes ? ["1", "1-amd64", "1-arm64"] : ["1"]);
  });

  test("that lack are made for a list that is there, by a load and by a copy", async () => {
    const registry = await start();
    await loadImages(registry.host, archives(), { archTags: "never" });
    expect(await registry.tags("team/app")).toEqual(["1"]);
    const again = await loadImages(registry.host, archives());
    expect(summarizeLists(again)).toEqual([`${name}: amd64 unchanged, arm64 unchanged`]);
    await registry.storage.deleteTag("team/app", "1-amd64");
    await copyTag(registry, "1", "1");
    expect(await registry.tags("team/app")).toEqual(["1", "1-amd64", "1-arm64"]);
  });

  test("that exist are kept current where none are made, by a load and by a copy", async () => {
    const registry = await start();
    await loadImages(registry.host, archives("old"), { archTags: "always" });
    registry.faults = [faults.showVendor("zot")];
    await loadImages(registry.host, archives("new"));
    expect(await digestOfTag(registry, "1-arm64")).toBe((await listChildren(registry, "1"))[1]);
    await loadImages(registry.host, archives("newest"), {
      archTags: "never",
      renames: [`${name}=team/app:2`],
    });
    await copyTag(registry, "2", "1");
    expect(await digestOfTag(registry, "1-arm64")).toBe((await listChildren(registry, "2"))[1]);
    expect(await registry.tags("team/app")).toEqual(["1", "1-amd64", "1-arm64", "2"]);
  });
});

describe("the main job", () => {
  test("loses no image to Gitea, which deletes one with the last name that it was pushed under", async () => {
    const registry = await start();
    registry.faults = [faults.deleteWithLastName(registry.storage)];
    await loadImages(registry.host, archives("old"), { archTags: "always" });
    await copyTag(registry, "1", "kept");
    await loadImages(registry.host, archives("new"), { archTags: "always" });
    expect(await findLostChildren(registry, "1")).toEqual([]);
    expect(await findLostChildren(registry, "kept")).toEqual([]);
  });

  test("sends again what Pulp kept short of a PUT that broke off", async () => {
    const registry = await start();
    registry.faults = [faults.keepShortBlobs(registry.storage, 100)];
    expect(summarizeLists(await loadImages(registry.host, archives()))).toEqual([
      `${name}: amd64 pushed, arm64 pushed`,
    ]);
    expect(await findLostChildren(registry, "1")).toEqual([]);
  });

  test("sends blobs with PATCH to a registry that shows itself as Pulp", async () => {
    const registry = await start();
    registry.faults = [faults.showVendor("pulp")];
    await loadImages(registry.host, archives());
    const puts = registry.requests.filter(({ method, url }) => method === "PUT" && /\/blobs\//.test(url));
    expect(puts.map(({ headers }) => headers["content-length"])).toEqual(puts.map(() => "0"));
  });

  test("publishes where a policy of Harbor's hides what was pushed, which is a warning", async () => {
    const registry = await start();
    registry.faults = [faults.hideByPolicy(registry.storage)];
    const { lists, warnings } = await loadImages(registry.host, archives(), { onExisting: "replace" });
    expect(lists.map(({ outcome, error }) => [outcome, error])).toEqual([["pushed", undefined]]);
    expect(warnings).toEqual([
      expect.objectContaining({ text: expect.stringContaining("not verifiable after the push") }),
    ]);
    const replaced = await loadImages(registry.host, archives("2"), { onExisting: "replace" });
    expect(replaced.lists.map(({ error }) => error)).toEqual([undefined]);
    const merged = await loadImages(registry.host, archives("3"));
    expect(merged.lists.map(({ error }) => error)).toEqual([
      expect.objectContaining({ hint: expect.stringContaining("--on-existing replace") }),
    ]);
  });

  test("tries a wrong password once at Harbor, whose token service answers 200 to it", async () => {
    const registry = await start();
    registry.faults = [faults.giveNobodysTokens()];
    const loading = loadImages(registry.host, archives(), { registry: { credentials } });
    await expect(loading).rejects.toMatchObject({ code: "SIGN_IN_FAILED", exitCode: 77 });
    expect(registry.requests.filter(({ url }) => url.startsWith("/service/token"))).toHaveLength(1);
  });

  test("publishes in Nexus without redeploy, where tags of images are refused", async () => {
    const registry = await start();
    registry.faults = [faults.refuseRedeploy(registry.storage)];
    const { lists, warnings } = await loadImages(registry.host, archives());
    expect(lists.map(({ outcome }) => outcome)).toEqual(["pushed"]);
    expect(warnings.map(({ text }) => text)).toEqual([expect.stringContaining("the tags of its images")]);
    const single = give("", [buildImage({ manifest: "docker", names: ["team/single:1"] })]);
    expect(summarizeLists(await loadImages(registry.host, [single]))).toEqual([
      "team/single:1: amd64 pushed",
    ]);
  });

  test("publishes in OpenShift, where a digest is in no stream until something names it", async () => {
    const registry = await start();
    registry.faults = [faults.hideUnmapped()];
    const load = async () => summarizeLists(await loadImages(registry.host, archives()));
    expect(await load()).toEqual([`${name}: amd64 pushed, arm64 pushed`]);
    expect(await load()).toEqual([`${name}: amd64 unchanged, arm64 unchanged`]);
  });

  test("adds no platform to a list that ECR protects, and leaves its images' tags as they were", async () => {
    const registry = await start();
    registry.faults = [faults.immutableTags(registry.storage, "ecr")];
    await loadImages(registry.host, archives("1", ["amd64"]));
    const before = await registry.snapshot();
    const { lists } = await loadImages(registry.host, archives("1", ["arm64"]));
    expect(lists.map(({ error }) => error?.code)).toEqual(["TAG_IMMUTABLE"]);
    expect(await registry.snapshot()).toEqual(before);
  });
});
