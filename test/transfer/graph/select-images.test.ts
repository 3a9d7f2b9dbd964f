import { beforeEach, describe, expect, test } from "vitest";
import type { Repository } from "../../../src/content/repository.ts";
import { buildIndex, type ImageIndex } from "../../../src/oci/manifest.ts";
import { formatPlatform, parsePlatform } from "../../../src/oci/platform.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { selectImages, takeSingle } from "../../../src/transfer/graph/select-images.ts";
import { buildArtifact } from "../../helpers/archives/source-image.ts";
import { storeArtifact, storeList } from "../../helpers/archives/store-source-image.ts";

describe("selectImages", () => {
  let storage: MemoryStorage;
  let source: Repository;
  let list: ImageIndex;

  beforeEach(async () => {
    storage = new MemoryStorage();
    source = createStorageStore(storage).repository("app");
    list = await storeList(storage, "app", "1", [
      { platform: "linux/amd64" },
      { platform: "linux/arm64" },
      { platform: "linux/arm/v7" },
      { platform: "linux/arm/v6" },
    ]);
  });

  async function select(
    root: ImageIndex,
    platforms: readonly string[],
    attestations = false,
  ): ReturnType<typeof selectImages> {
    return selectImages(root, source, { platforms: platforms.map(parsePlatform), attestations });
  }

  test("gives the list itself for no wish, and where all its images are wished for", async () => {
    expect((await select(list, [])).root).toBe(list);
    const all = ["linux/arm64", "linux/arm/v6", "linux/arm/v7", "linux/amd64"];
    expect((await select(list, all)).root).toBe(list);
  });

  test("gives one image with its own digest, and its platform as the list has it", async () => {
    const { root, platform } = await select(list, ["linux/arm"]);
    expect(root.descriptor.digest).toBe(list.manifests[2]?.digest);
    expect(platform && formatPlatform(platform)).toBe("linux/arm/v7");
  });

  test("gives a list of several in their own order, with everything else as it was", async () => {
    const { root } = await select(list, ["linux/arm/v6", "linux/amd64"]);
    expect(root).toMatchObject({ kind: "index", manifests: [list.manifests[0], list.manifests[3]] });
    expect(root.descriptor.mediaType).toBe(list.descriptor.mediaType);
  });

  test("leaves attestations behind, or brings those of the chosen images", async () => {
    const [amd64, arm64, arm] = list.manifests;
    if (!amd64 || !arm64 || !arm) throw new Error("the list is shorter than it was made");
    const attestations = await Promise.all(
      [amd64, arm64].map(async ({ digest }) => {
        const artifact = buildArtifact(`of ${digest}`);
        await storeArtifact(storage, "app", artifact);
        const annotations = new Map([
          ["vnd.docker.reference.type", "attestation-manifest"],
          ["vnd.docker.reference.digest", digest],
        ]);
        const platform = { os: "unknown", architecture: "unknown" };
        return { ...artifact.manifest.descriptor, annotations, platform };
      }),
    );
    const attested = buildIndex("oci", [amd64, arm64, arm, ...attestations]);
    const wish = ["linux/amd64", "linux/arm"];
    expect((await select(attested, wish)).root).toMatchObject({ manifests: [amd64, arm] });
    expect((await select(attested, wish, true)).root).toMatchObject({
      manifests: [amd64, arm, attestations[0]],
    });
    expect((await select(attested, ["linux/amd64", "linux/arm64", "linux/arm"])).root).toBe(attested);
  });

  test("says what there is instead of a platform that is not", async () => {
    await expect(select(list, ["linux/s390x"])).rejects.toMatchObject({
      code: "PLATFORM_MISSING",
      message:
        'Cannot take linux/s390x from "memory/app": it has linux/amd64, linux/arm64, linux/arm/v7, linux/arm/v6',
    });
  });

  test("takes what there is where platforms may be missing, as long as one is there", async () => {
    const told: string[] = [];
    const options = { attestations: false, onMissing: (text: string) => void told.push(text) };
    const platforms = ["linux/s390x", "linux/arm64"].map(parsePlatform);
    const { root } = await selectImages(list, source, { ...options, platforms });
    expect(root.descriptor.digest).toBe(list.manifests[1]?.digest);
    expect(told).toEqual([expect.stringMatching(/^lacks linux\/s390x, has linux\/amd64, /)]);
    await expect(
      selectImages(list, source, { ...options, platforms: [parsePlatform("s390x")] }),
    ).rejects.toMatchObject({ code: "PLATFORM_MISSING" });
  });

  test("asks the config of an image that its list says nothing of, or that has no list", async () => {
    const bare = buildIndex(
      "oci",
      list.manifests.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    );
    const { root } = await select(bare, ["linux/arm64"]);
    expect(root.descriptor.digest).toBe(list.manifests[1]?.digest);
    expect(
      (await selectImages(root, source, { platforms: [parsePlatform("arm64")], attestations: false })).root,
    ).toBe(root);
    await expect(
      selectImages(root, source, { platforms: [parsePlatform("amd64")], attestations: false }),
    ).rejects.toMatchObject({ code: "PLATFORM_MISSING" });
  });

  test("takeSingle takes the one image of a list, and none of several", async () => {
    const one = buildIndex("oci", list.manifests.slice(1, 2));
    const { root, platform } = await takeSingle({ root: one }, source);
    expect([root.descriptor.digest, formatPlatform(platform)]).toEqual([
      list.manifests[1]?.digest,
      "linux/arm64",
    ]);
    await expect(takeSingle({ root: list }, source)).rejects.toMatchObject({
      code: "SEVERAL_PLATFORMS",
      message: expect.stringContaining("it has linux/amd64, linux/arm64"),
    });
  });
});
