import { describe, expect, test } from "vitest";
import { readBlob } from "../../../src/content/read-blob.ts";
import { parseImageConfig } from "../../../src/oci/image-config.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { formatPlatform } from "../../../src/oci/platform.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { copyImage } from "../../../src/transfer/graph/copy-image.ts";
import { readSource } from "../../../src/transfer/save/read-source.ts";
import { buildArtifact, buildImage, buildSource, indexImages } from "../../helpers/archives/source-image.ts";

const { signal } = new AbortController();

describe("readSource", () => {
  test("gives an image that docker saved a manifest over what its layers are compressed to", async () => {
    const image = buildImage();
    const { root, content, names } = await readSource(buildSource({ images: [image] }), undefined, signal);
    expect(names).toEqual(["rancher/pause:3.1"]);
    expect(root).toMatchObject({
      kind: "manifest",
      descriptor: { mediaType: mediaTypes.docker.manifest },
      config: { digest: image.config.digest },
      layers: [{ mediaType: mediaTypes.docker.layerGzip, digest: (await image.layers[0]?.blob?.())?.digest }],
    });
    const target = createStorageStore(new MemoryStorage()).repository("copy");
    await copyImage(root, content, { repository: target, tag: "1" }, { onEvent: () => undefined });
    expect(await target.listTags()).toEqual(["1"]);
  });

  test("keeps an image's own manifest, and an index of which all is there, with its attestations", async () => {
    const single = buildImage({ manifest: "oci", config: "linux/arm64" });
    const alone = await readSource(buildSource({ images: [single] }), undefined, signal);
    expect(alone.root).toBe(single.manifest);

    const attestations = [buildArtifact("provenance")];
    const images = indexImages(
      [
        buildImage({ manifest: "oci", config: "linux/arm64", claimed: "linux/arm64" }),
        buildImage({ manifest: "oci", claimed: "linux/amd64" }),
      ],
      { attestations },
    );
    const listed = await readSource(buildSource({ images }), "docker.io/rancher/pause:3.1", signal);
    expect(listed.root).toBe(images[0]?.index?.manifest);
    const [attestation] = attestations;
    const digest = attestation?.manifest.descriptor.digest ?? "";
    expect((await listed.content.fetchManifest(digest))?.bytes).toBe(attestation?.manifest.bytes);
  });

  test("lists what is there of an index that is not whole, each for its platform", async () => {
    const images = indexImages(
      [
        buildImage({ manifest: "oci", config: "linux/arm/v6", claimed: "linux/arm/v6" }),
        buildImage({ manifest: "oci", config: "linux/amd64", claimed: "linux/amd64" }),
      ],
      { complete: false },
    );
    const { root } = await readSource(buildSource({ images }), undefined, signal);
    const listed = root.kind === "index" ? root.manifests.map(({ platform }) => platform) : [];
    expect(listed.map((platform) => platform && formatPlatform(platform))).toEqual([
      "linux/amd64",
      "linux/arm/v6",
    ]);
  });

  test("repairs a config that lies and says so, where the manifest is ours to make", async () => {
    const image = buildImage({ config: "linux/amd64", machine: "arm64" });
    const { root, content, warnings } = await readSource(buildSource({ images: [image] }), undefined, signal);
    if (root.kind !== "manifest") throw new Error("not a manifest");
    const config = parseImageConfig(await readBlob(content, root.config), "config");
    expect(config.platform.architecture).toBe("arm64");
    expect(warnings).toMatchObject([
      { severity: "warning", text: expect.stringContaining("config repaired") },
    ]);
    const kept = buildImage({ config: "linux/amd64", machine: "arm64", manifest: "docker" });
    expect((await readSource(buildSource({ images: [kept] }), undefined, signal)).warnings).toEqual([]);
  });

  test("needs no platform for an image that is alone", async () => {
    const image = buildImage({ config: "", machine: undefined });
    expect((await readSource(buildSource({ images: [image] }), undefined, signal)).root.kind).toBe(
      "manifest",
    );
    const twins = [image, buildImage({ config: "", machine: undefined, salt: "other" })];
    await expect(readSource(buildSource({ images: twins }), undefined, signal)).rejects.toMatchObject({
      code: "PLATFORM_UNSETTLED",
    });
  });

  test.each([
    { name: undefined, exit: "usage", says: "want the name of one image, it has a:1, b:1" },
    { name: "c:1", exit: "content", says: 'it has no image "c:1", it has a:1, b:1' },
  ])("asked for $name among several images it says which there are", async ({ name, exit, says }) => {
    const images = [buildImage({ names: ["a:1"] }), buildImage({ names: ["b:1"], salt: "b" })];
    await expect(readSource(buildSource({ images }), name, signal)).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      exit,
      message: expect.stringContaining(says),
    });
    expect((await readSource(buildSource({ images }), "b:1", signal)).names).toEqual(["b:1"]);
  });
});
