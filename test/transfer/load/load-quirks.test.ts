import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseImageConfig } from "../../../src/oci/image-config.ts";
import type { GivenSource } from "../../../src/transfer/plan/planned-image.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { canMeet, type Quirk, signIns, ways } from "../../helpers/registries/quirks.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { give } from "../../helpers/summarize-plan.ts";
import { type Fault, startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const architectures = ["amd64", "arm64"];
const names = ["rancher/pause:3.1", "tools/busybox:1.36"];
const published = names.map((name) => `${name}: amd64 pushed, arm64 pushed`);

/** Two archives with two images each, which share a layer that does not compress to less than this. */
function archives(layerSize = 1000, release = "1"): GivenSource[] {
  const salt = createHash("shake256", { outputLength: layerSize }).update(release).digest("hex");
  return architectures.map((architecture) =>
    give(
      architecture,
      names.map((name) => {
        const own = { binaries: [["bin/app", architecture] as const], salt: `${name} ${release}` };
        return buildImage({ config: `linux/${architecture}`, names: [name], layers: [{ salt }, own] });
      }),
    ),
  );
}

async function start(...list: Fault[]): Promise<TestRegistry> {
  const registry = await startTestRegistry({ faults: list });
  onTestFinished(() => registry.stop());
  return registry;
}

/** What is wrong in the store, judged by its bytes alone: nothing but whole lists of whole images for the right platforms. */
async function findFlaws(registry: TestRegistry): Promise<string[]> {
  const flaws: string[] = [];
  for (const name of names) {
    const [repository = "", tag = ""] = name.split(":");
    const list = await registry.readTag(repository, tag);
    if (list?.kind !== "index") return [...flaws, `${name} is no list`];
    const platforms = list.manifests.map(({ platform }) => platform?.architecture);
    if (platforms.join() !== architectures.join()) flaws.push(`${name} has ${platforms.join()}`);
    for (const { digest, platform } of list.manifests) {
      flaws.push(...(await findImageFlaws(registry, repository, digest, platform?.architecture)));
    }
  }
  return flaws;
}

async function findImageFlaws(
  registry: TestRegistry,
  repository: string,
  reference: string,
  architecture: string | undefined,
): Promise<string[]> {
  const image = await registry.readTag(repository, reference);
  if (image?.kind !== "manifest") return [`${repository}@${reference} is no image`];
  const config = parseImageConfig(await registry.readBlob(repository, image.config.digest), "config");
  const flaws = config.platform.architecture === architecture ? [] : [`${reference} is for another platform`];
  for (const { digest } of image.layers) {
    if (digestOf(await registry.readBlob(repository, digest)) !== digest) flaws.push(`${digest} is damaged`);
  }
  return flaws;
}

/** Runs the main job through all these quirks at once. */
async function loadThrough(quirks: readonly Quirk[]) {
  await using registry = await startTestRegistry();
  registry.faults = quirks.flatMap((quirk) => quirk.faults(registry));
  const layerSize = Math.max(...quirks.map(({ app }) => app?.layerSize ?? 1000));
  const options = Object.assign({}, ...quirks.map((quirk) => quirk.options));
  const report = await loadImages(registry.host, archives(layerSize), { registry: options });
  return {
    lists: summarizeLists(report),
    flaws: await findFlaws(registry),
    failures: registry.failures,
    warnings: report.warnings,
  };
}

const whole = { lists: published, flaws: [], failures: [], warnings: [] };

describe("the main job publishes every list whole through a registry with", () => {
  test.for([...signIns, ...ways])("$name", async (quirk) => {
    expect(await loadThrough([quirk])).toMatchObject(whole);
  });

  test("any few of these at once", async () => {
    const some = fc
      .tuple(fc.constantFrom(...signIns), fc.subarray([...ways], { minLength: 2, maxLength: 5 }))
      .map(([signIn, chosen]) => [signIn, ...chosen])
      .filter(canMeet);
    await fc.assert(
      fc.asyncProperty(some, async (chosen) => {
        expect(await loadThrough(chosen)).toMatchObject(whole);
      }),
      { seed: 20_261, numRuns: 25 },
    );
  });

  test("uploads on another host, which is shown no credentials", async () => {
    const registry = await start();
    await using elsewhere = await startTestRegistry({ storage: registry.storage });
    const credentials = { username: "loader", password: "s3cret" };
    registry.faults = [
      faults.requireBasic(credentials.username, credentials.password),
      faults.locationsAt(`http://localhost:${elsewhere.port}`),
    ];
    const report = await loadImages(registry.host, archives(), { registry: { credentials } });
    expect(summarizeLists(report)).toEqual(published);
    expect(await findFlaws(registry)).toEqual([]);
    expect(elsewhere.requests.filter(({ method }) => method === "PUT").length).toBeGreaterThan(0);
    expect(elsewhere.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

interface Refusal {
  readonly name: string;
  readonly fault: Fault;
  readonly code: string;
  readonly exitCode: number;
}

/** Refused for the whole registry before a blob is sent. */
const closed: readonly Refusal[] = [
  ...(
    [
      ["quota", "QUOTA_EXCEEDED"],
      ["readOnly", "REGISTRY_READ_ONLY"],
      ["proxyCache", "PROXY_PROJECT"],
      ["permission", "ACCESS_DENIED"],
    ] as const
  ).map(([reason, code]) => ({ name: reason, fault: faults.denyWrites(reason), code, exitCode: 77 })),
  ...(
    [
      ["harbor", "REPOSITORY_UNKNOWN"],
      ["ecr", "REPOSITORY_UNKNOWN"],
      ["quay", "ACCESS_DENIED"],
      ["gitlab", "ACCESS_DENIED"],
      ["swr", "ACCESS_DENIED"],
    ] as const
  ).map(([vendor, code]) => ({
    name: `no project, in the words of ${vendor}`,
    fault: faults.projectsOnly(["other"], vendor),
    code,
    exitCode: 77,
  })),
  { name: "a web page", fault: faults.webPage(), code: "NOT_A_REGISTRY", exitCode: 69 },
];

describe("the main job sends nothing to a registry that refuses with", () => {
  test.for(closed)("$name", async ({ fault, code, exitCode }) => {
    const registry = await start(fault);
    await expect(loadImages(registry.host, archives())).rejects.toMatchObject({ code, exitCode });
    expect(await registry.snapshot()).toEqual({});
    const bodies = registry.requests.filter(({ headers }) => Number(headers["content-length"] ?? 0) > 0);
    expect(bodies).toEqual([]);
  });

  test("one of two projects missing tells of both before anything is sent", async () => {
    const registry = await start(faults.projectsOnly(["rancher"]));
    const error: unknown = await loadImages(registry.host, archives()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "REPOSITORY_UNKNOWN", message: expect.stringContaining("tools") });
    expect(await registry.snapshot()).toEqual({});
  });
});

describe("the main job moves no list's tag at a registry that", () => {
  test.for<Refusal>([
    {
      name: "says that it kept another manifest",
      fault: faults.misreportDigest(),
      code: "DIGEST_DIFFERS",
      exitCode: 76,
    },
    { name: "takes no lists", fault: faults.refuseLists(), code: "MEDIA_TYPE_REFUSED", exitCode: 1 },
  ])("$name", async ({ fault, code, exitCode }) => {
    const registry = await start(fault);
    const { lists } = await loadImages(registry.host, archives());
    expect(lists.map(({ error }) => error)).toMatchObject(names.map(() => ({ code, exitCode })));
    const tags = Object.keys(await registry.snapshot());
    expect(tags.filter((tag) => names.includes(tag))).toEqual([]);
  });

  test("keeps nothing that it takes", async () => {
    const registry = await start(faults.forgetManifests());
    const { lists } = await loadImages(registry.host, archives());
    expect(lists.map(({ error }) => error?.exitCode)).toEqual(names.map(() => expect.any(Number)));
    expect(await registry.snapshot()).toEqual({});
  });

  test.each(["harbor", "ecr", "quay", "nexus"] as const)("protects its tags as %s does", async (vendor) => {
    const registry = await start();
    registry.faults = [faults.immutableTags(registry.storage, vendor)];
    await loadImages(registry.host, archives());
    const before = await registry.snapshot();
    const again = await loadImages(registry.host, archives());
    expect(summarizeLists(again)).toEqual(names.map((name) => `${name}: amd64 unchanged, arm64 unchanged`));
    const { lists } = await loadImages(registry.host, archives(1000, "2"));
    expect(lists.map(({ error }) => error?.code)).toEqual(["TAG_IMMUTABLE", "TAG_IMMUTABLE"]);
    expect(await registry.snapshot()).toEqual(before);
  });
});
