import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Digest } from "../../../src/oci/digest.ts";
import { buildIndex } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { formatPlatform } from "../../../src/oci/platform.ts";
import type { GivenSource } from "../../../src/transfer/plan/planned-image.ts";
import { loadImages, type LoadSpec, summarizeLists } from "../../helpers/archives/load-images.ts";
import { faultFor, overwriteTags } from "../../helpers/registries/registry-faults.ts";
import { buildArtifact, buildImage } from "../../helpers/archives/source-image.ts";
import { storeArtifact, storeList, storeSourceImage } from "../../helpers/archives/store-source-image.ts";
import { give, image } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const repository = "rancher/pause";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

/** Loads an image of each architecture, and gives a line for the list followed by the warnings. */
async function load(architectures: readonly string[], spec: LoadSpec = {}): Promise<string[]> {
  const given = architectures.map((architecture) =>
    give(architecture.split("/")[0] ?? "", [image(architecture)]),
  );
  const report = await loadImages(registry.host, given, spec);
  return [...summarizeLists(report), ...report.warnings.map(({ severity, text }) => `${severity}: ${text}`)];
}

/** What the list has now: platform and digest. */
async function readList(tag = "3.1"): Promise<Record<string, Digest>> {
  const list = await registry.readTag(repository, tag);
  if (list?.kind !== "index") throw new Error("not a list");
  return Object.fromEntries(
    list.manifests.map(({ platform, digest }) => [platform ? formatPlatform(platform) : "", digest]),
  );
}

describe("over a list that is there", () => {
  test("other platforms are kept byte for byte, and the previous digest is told", async () => {
    const before = await storeList(registry.storage, repository, "3.1", [{ platform: "linux/s390x" }]);
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual(["rancher/pause:3.1: amd64 pushed, s390x kept"]);
    expect(report.lists[0]?.previous).toBe(before.descriptor.digest);
    expect((await readList())["linux/s390x"]).toBe(before.manifests[0]?.digest);
  });

  test("the same platform is replaced; kept ones beside it are called mixed", async () => {
    await storeList(registry.storage, repository, "3.1", [
      { platform: "linux/amd64", salt: "old" },
      { platform: "linux/arm64", salt: "old" },
    ]);
    expect(await load(["amd64"])).toEqual([
      "rancher/pause:3.1: amd64 replaced, arm64 kept",
      "warning: mixed: linux/amd64 replaced, linux/arm64 kept from before; load all platforms, or give --on-existing replace",
    ]);
  });

  test("a per-architecture tag that named something else is told", async () => {
    const foreign = await storeSourceImage(registry.storage, repository, {
      image: buildImage({ manifest: "docker", salt: "foreign" }),
      tag: "3.1-amd64",
    });
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(report.lists[0]?.cells).toEqual([
      expect.objectContaining({ archTag: "3.1-amd64", previous: foreign.descriptor.digest }),
    ]);
  });

  test("--strict does not publish a mixed list", async () => {
    const before = await storeList(registry.storage, repository, "3.1", [
      { platform: "linux/amd64", salt: "old" },
      { platform: "linux/arm64", salt: "old" },
    ]);
    expect((await load(["amd64"], { strict: true }))[0]).toBe("rancher/pause:3.1: amd64 failed [STRICT]");
    expect((await registry.readTag(repository, "3.1"))?.descriptor.digest).toBe(before.descriptor.digest);
  });

  test("a single manifest is a list of one", async () => {
    const single = await storeSourceImage(registry.storage, repository, {
      image: buildImage({ manifest: "docker", salt: "old" }),
      tag: "3.1",
    });
    expect(await load(["arm64"])).toEqual(["rancher/pause:3.1: amd64 kept, arm64 pushed"]);
    expect(await readList()).toMatchObject({ "linux/amd64": single.descriptor.digest });
  });

  test("the old script's [amd64, amd64, amd64] becomes a right list, with a line for each that is dropped, said once", async () => {
    const wrong = ["1", "2", "3"].map((salt) => ({ platform: "linux/amd64", salt }));
    await storeList(registry.storage, repository, "3.1", wrong);
    const [list, ...warnings] = await load(["amd64", "arm64", "arm/v7"]);
    expect(list).toBe("rancher/pause:3.1: amd64 replaced, arm64 pushed, arm/v7 pushed");
    expect(warnings).toEqual(
      Array(2).fill(expect.stringMatching(/^warning: dropped linux\/amd64 .* twice$/)),
    );
    expect(Object.keys(await readList())).toEqual(["linux/amd64", "linux/arm64", "linux/arm/v7"]);
  });

  test("the family is OCI as soon as one child is, and promised children stay as they are", async () => {
    const kept = await storeList(registry.storage, repository, "3.1", [{ platform: "linux/arm64" }], "oci");
    await load(["amd64"]);
    const list = await registry.readTag(repository, "3.1");
    expect(list?.descriptor.mediaType).toBe(mediaTypes.oci.index);
    const types = list?.kind === "index" ? list.manifests.map(({ mediaType }) => mediaType) : [];
    expect(types).toEqual([mediaTypes.oci.manifest, mediaTypes.oci.manifest]);
    expect((await readList())["linux/arm64"]).toBe(kept.manifests[0]?.digest);
  });

  test("attestations of a list that is merged stay behind, with a note", async () => {
    const list = await storeList(registry.storage, repository, "x", [{ platform: "linux/arm64" }], "oci");
    const [child] = list.manifests;
    const unknown = { os: "unknown", architecture: "unknown" };
    const attestation = buildArtifact("provenance");
    await storeArtifact(registry.storage, repository, attestation);
    const entries = [...(child ? [child] : []), { ...attestation.manifest.descriptor, platform: unknown }];
    await registry.storage.writeManifest(repository, buildIndex("oci", entries), "3.1");
    expect(await load(["amd64"])).toEqual([
      "rancher/pause:3.1: amd64 pushed, arm64 kept",
      "note: attestations of the list in the registry stay behind, since another list is published",
    ]);
  });

  test("--on-existing replace leaves only what this run brings", async () => {
    await storeList(registry.storage, repository, "3.1", [{ platform: "linux/s390x" }]);
    const told = [
      "rancher/pause:3.1: amd64 pushed, s390x removed",
      "warning: removed: linux/s390x of the list in the registry; --on-existing replace leaves only what these archives bring",
    ];
    expect(await load(["amd64"], { onExisting: "replace", dryRun: true })).toEqual(told);
    expect(await load(["amd64"], { onExisting: "replace" })).toEqual(told);
    expect(Object.keys(await readList())).toEqual(["linux/amd64"]);
  });

  test("--on-existing fail fails that list alone, and publishes nothing of it", async () => {
    const before = await storeList(registry.storage, repository, "3.1", [{ platform: "linux/s390x" }]);
    const names = ["rancher/pause:3.1", "rancher/other:1"];
    const given = give(
      "amd64",
      names.map((name) => image("amd64", name)),
    );
    const report = await loadImages(registry.host, [given], { onExisting: "fail" });
    expect(summarizeLists(report)).toEqual([
      "rancher/other:1: amd64 pushed",
      "rancher/pause:3.1: amd64 failed [LIST_EXISTS]",
    ]);
    expect(report.lists[1]?.error?.exitCode).toBe(1);
    expect(await registry.tags(repository)).toEqual(["3.1"]);
    expect((await registry.readTag(repository, "3.1"))?.descriptor.digest).toBe(before.descriptor.digest);
  });
});

describe("an entry that cannot be trusted", () => {
  test("whose config lies is kept where its binaries bear it out", async () => {
    const lying = { platform: "linux/arm64", config: "linux/amd64", machine: "arm64" };
    await storeList(registry.storage, repository, "3.1", [lying]);
    expect(await load(["amd64"])).toEqual(["rancher/pause:3.1: amd64 pushed, arm64 kept"]);
  });

  const refused = "rancher/pause:3.1: amd64 failed [LIST_NOT_MERGEABLE]";

  test("whose config and binaries contradict it stops its list, and is dropped where its platform is loaded", async () => {
    await storeList(registry.storage, repository, "3.1", [
      { platform: "linux/arm64", config: "linux/amd64" },
    ]);
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual([refused]);
    expect(report.lists[0]?.error).toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(
        "its list says linux/arm64, its config says amd64 and its binaries are amd64 (bin/app)",
      ),
      hint: expect.stringContaining("--on-existing replace"),
    });
    expect(await load(["amd64", "arm64"])).toEqual(["rancher/pause:3.1: amd64 pushed, arm64 replaced"]);
  });

  test("whose manifest is gone stops its list", async () => {
    const list = await storeList(registry.storage, repository, "3.1", [{ platform: "linux/arm64" }]);
    for (const { digest } of list.manifests) await registry.storage.deleteManifest(repository, digest);
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual([refused]);
    expect(report.lists[0]?.error?.message).toContain("its manifest is not in the registry");
  });

  test("whose config is gone stops its list", async () => {
    const arm64 = buildImage({ config: "linux/arm64", manifest: "docker" });
    await storeSourceImage(registry.storage, repository, { image: arm64, tag: "3.1" });
    await registry.storage.deleteBlob(repository, arm64.config.digest);
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual([refused]);
    expect(report.lists[0]?.error?.message).toContain("its config is not in the registry");
  });

  test("a single manifest that says no platform stops its list", async () => {
    const silent = buildImage({ config: "", machine: "arm64", manifest: "docker" });
    await storeSourceImage(registry.storage, repository, { image: silent, tag: "3.1" });
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual([refused]);
    expect(report.lists[0]?.error?.message).toContain("an image of unknown platform");
  });

  test("a tag that names no image, such as a chart, stops its list, and --on-existing replace takes its place", async () => {
    await storeArtifact(registry.storage, repository, buildArtifact("a chart"), "3.1");
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual([refused]);
    expect(report.lists[0]?.error?.message).toContain("it has no rootfs");
    expect(await load(["amd64"], { onExisting: "replace" })).toEqual([
      "rancher/pause:3.1: amd64 pushed",
      "warning: removed: an image of unknown platform of the list in the registry; --on-existing replace leaves only what these archives bring",
    ]);
  });
});

describe("lists written from two machines at once", () => {
  test("what another writer put there between our write and our look at it is merged back", async () => {
    registry.faults = [
      (handler) => async (request, response) => {
        const isList = request.method === "PUT" && request.url?.endsWith("/manifests/3.1");
        const fault = overwriteTags(
          async () =>
            void (await storeList(registry.storage, repository, "3.1", [{ platform: "linux/s390x" }])),
        );
        if (!isList || written++ > 0) return handler(request, response);
        return fault(handler)(request, response);
      },
    ];
    let written = 0;
    expect(await load(["amd64"])).toEqual(["rancher/pause:3.1: amd64 pushed, s390x kept"]);
    expect(Object.keys(await readList())).toEqual(["linux/amd64", "linux/s390x"]);
    expect(written).toBe(2);
  });

  test("what another writer put there between our first look and our write is kept", async () => {
    let isChild = true;
    registry.faults = [
      (handler) => async (request, response) => {
        await handler(request, response);
        if (!isChild || request.method !== "PUT" || !request.url?.endsWith("/manifests/3.1-amd64")) return;
        isChild = false;
        await storeList(registry.storage, repository, "3.1", [{ platform: "linux/s390x" }]);
      },
    ];
    expect(await load(["amd64"])).toEqual(["rancher/pause:3.1: amd64 pushed, s390x kept"]);
  });

  test("a list that our write took away is known by the tags of its children, and merged back", async () => {
    // The other machine's list was there for the moment between our last look and our write.
    registry.faults = [
      (handler) => async (request, response) => {
        const isList = request.method === "PUT" && request.url?.endsWith("/manifests/3.1");
        if (isList && written++ === 0) {
          const other = buildImage({ config: "linux/arm64", manifest: "docker" });
          await storeSourceImage(registry.storage, repository, { image: other, tag: "3.1-arm64" });
        }
        await handler(request, response);
      },
    ];
    let written = 0;
    expect(await load(["amd64"])).toEqual(["rancher/pause:3.1: amd64 pushed, arm64 kept"]);
    expect(Object.keys(await readList())).toEqual(["linux/amd64", "linux/arm64"]);
  });

  test("in a repository of many tags no list has all of them listed, and what our write took away is found as well", async () => {
    const names = Array.from({ length: 250 }, (_, i) => `${repository}:v${i}`);
    registry.faults = [
      faultFor(
        ({ method, url }) => method === "PUT" && url?.endsWith("/manifests/v249") === true,
        (handler) => async (request, response) => {
          const other = buildImage({ config: "linux/arm64", manifest: "docker" });
          await storeSourceImage(registry.storage, repository, { image: other, tag: "v249-arm64" });
          await handler(request, response);
        },
        { times: 1 },
      ),
    ];
    const report = await loadImages(registry.host, [give("amd64", [image("amd64", ...names)])]);
    expect(summarizeLists(report)).toContain(`${repository}:v249: amd64 pushed, arm64 kept`);
    const listings = registry.requests.filter(({ url }) => url.includes("/tags/list"));
    expect(listings.length).toBeLessThan(150);
  });

  test("an image that another machine replaced between our look and our write is not put back to the old one", async () => {
    const loadInto = (...given: GivenSource[]) => loadImages(registry.host, given);
    await loadInto(release("amd64", "old"), release("arm64", "old"), release("s390x", "old"));
    const old = await readList();
    registry.faults = [
      faultFor(
        ({ method, url }) => method === "PUT" && url?.endsWith("/manifests/3.1") === true,
        (handler) => async (request, response) => {
          await loadInto(release("amd64", "new"));
          await handler(request, response);
        },
        { times: 1 },
      ),
    ];
    const report = await loadInto(release("arm64", "new"));
    expect(summarizeLists(report)).toEqual(["rancher/pause:3.1: amd64 kept, arm64 replaced, s390x kept"]);
    const now = await readList();
    expect(now["linux/amd64"]).toBe((await registry.readTag(repository, "3.1-amd64"))?.descriptor.digest);
    expect(now["linux/amd64"]).not.toBe(old["linux/amd64"]);
    expect(now["linux/arm64"]).not.toBe(old["linux/arm64"]);
    expect(now["linux/s390x"]).toBe(old["linux/s390x"]);
  });

  test("an image that was replaced without its tag stays, though the tag names an older one", async () => {
    await loadImages(registry.host, [release("arm64", "old")]);
    await loadImages(registry.host, [release("arm64", "new")], { archTag: false });
    const { "linux/arm64": digest } = await readList();
    await load(["amd64"]);
    expect((await readList())["linux/arm64"]).toBe(digest);
  });

  test("a tag that is older than the list is not taken for a loss", async () => {
    await storeList(registry.storage, repository, "3.1", [{ platform: "linux/s390x" }]);
    const old = buildImage({ config: "linux/arm64", manifest: "docker" });
    await storeSourceImage(registry.storage, repository, { image: old, tag: "3.1-arm64" });
    expect(await load(["amd64"])).toEqual(["rancher/pause:3.1: amd64 pushed, s390x kept"]);
  });

  test("a tag whose child is not what the tag says is not taken for a loss", async () => {
    const wrong = buildImage({ config: "linux/amd64", manifest: "docker", salt: "old script" });
    await storeSourceImage(registry.storage, repository, { image: wrong, tag: "3.1-arm64" });
    await storeSourceImage(registry.storage, repository, { image: wrong, tag: "3.1-arm" });
    expect(await load(["amd64"])).toEqual(["rancher/pause:3.1: amd64 pushed"]);
  });

  test("a template without the variant does not make three of one arm image", async () => {
    expect(await load(["arm/v7"], { archTag: "{tag}-{arch}" })).toEqual(["rancher/pause:3.1: arm/v7 pushed"]);
    expect(Object.keys(await readList())).toEqual(["linux/arm/v7"]);
  });

  test("a tag with room for -amd64 and for no longer suffix is published", async () => {
    const tag = "t".repeat(122);
    const given = give("amd64", [image("amd64", `rancher/pause:${tag}`)]);
    const report = await loadImages(registry.host, [given]);
    expect(summarizeLists(report)).toEqual([`rancher/pause:${tag}: amd64 pushed`]);
  });

  test("a tag that somebody rewrites each time is given up after ten rounds", async () => {
    let round = 0;
    registry.faults = [
      overwriteTags(async (name, tag) => {
        if (tag === "3.1") {
          await storeList(registry.storage, name, tag, [{ platform: "linux/s390x", salt: String(round++) }]);
        }
      }, Infinity),
    ];
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(report.lists[0]?.error).toMatchObject({ code: "LIST_UNSTABLE", exitCode: 75 });
    expect(round).toBe(10);
  });

  test("two loads of different platforms at once end in one list of both", async () => {
    for (let round = 0; round < 5; round++) {
      const names = [`rancher/pause:${round}`];
      await Promise.all(
        ["amd64", "arm64", "s390x"].map((architecture) =>
          loadImages(registry.host, [give(architecture, [image(architecture, ...names)])]),
        ),
      );
      expect(Object.keys(await readList(String(round)))).toEqual([
        "linux/amd64",
        "linux/arm64",
        "linux/s390x",
      ]);
    }
  });
});

/** An image of its own for each salt. */
function release(architecture: string, salt: string): GivenSource {
  return give(architecture, [buildImage({ config: `linux/${architecture}`, salt })]);
}
