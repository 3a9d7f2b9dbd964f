import { describe, expect, test } from "vitest";
import { packImages, type PackedImage } from "../../../src/archive/pack/pack-images.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildManifest, parseManifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { parseReference } from "../../../src/oci/reference.ts";
import { copyImage } from "../../../src/transfer/graph/copy-image.ts";
import { GatheredContent } from "../../../src/transfer/save/gathered-content.ts";
import { buildImage } from "../../helpers/archives/built-image.ts";
import { readAll } from "../../helpers/chunks.ts";
import { readBuilt } from "../../helpers/archives/read-built.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { storeBlob } from "../../helpers/archives/store-image.ts";

const onEvent = (): void => undefined;

describe("packImages", () => {
  test("writes what our reader takes for the same images, whichever of the two lists it reads", async () => {
    const content = new GatheredContent("test");
    const images = [
      await gather(content, "arm64", ["docker.io/library/busybox:1.36", "host:5000/tools/busybox:1"]),
      await gather(content, "arm64", ["docker.io/rancher/pause:3.1"], "pause"),
    ];
    const bytes = await pack(content, images, true);
    const source = await readBuilt(bytes);
    expect(source.facts.writer).toMatch(/containerd/);
    expect(
      source.images.map(({ names, manifest, claimedPlatform }) => [
        names,
        manifest?.descriptor.digest,
        claimedPlatform,
      ]),
    ).toEqual(
      images.map(({ names, root }) => [
        names.map(({ host, repository, tag }) => `${host}/${repository}:${tag}`),
        root.descriptor.digest,
        parsePlatform("arm64"),
      ]),
    );
  });

  test("gives the same bytes in whatever order the images come", async () => {
    const [one, other] = [new GatheredContent("one"), new GatheredContent("other")];
    const specs = [["a:1"], ["b:1"], ["c:1"]];
    const forward = await Promise.all(specs.map((names) => gather(one, "amd64", names, names[0])));
    const backward: PackedImage[] = [];
    for (const names of [...specs].reverse()) backward.push(await gather(other, "amd64", names, names[0]));
    expect(await pack(one, forward, true)).toEqual(await pack(other, backward, true));
  });

  test("keeps an image without a name", async () => {
    const content = new GatheredContent("test");
    const image = await gather(content, "amd64", []);
    const source = await readBuilt(await pack(content, [image], true));
    expect(source.images).toMatchObject([{ names: [], manifest: { descriptor: image.root.descriptor } }]);
  });

  test("refuses for docker what has a layer that is not to be distributed", () => {
    const config = { mediaType: mediaTypes.docker.config, digest: digestOf("a"), size: 1 };
    const layer = { ...config, mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" };
    const root = buildManifest("docker", config, [layer]);
    const image = { names: [parseReference("windows:1")], root };
    const content = { images: [image], manifests: new Map(), blobs: new Map() };
    expect(() => packImages(content, { docker: true })).toThrow(
      expect.objectContaining({ code: "FOREIGN_LAYER" }),
    );
  });
});

/** An image with one small layer, copied out of a storage. */
async function gather(
  content: GatheredContent,
  architecture: string,
  names: readonly string[],
  layer = "layer",
): Promise<PackedImage> {
  const storage = new MemoryStorage();
  const { config, gzipLayers, manifest } = await buildImage({ architecture, layers: [layer] });
  for (const { bytes } of [config, ...gzipLayers]) await storeBlob(storage, "app", bytes);
  const root = parseManifest(manifest.bytes, "manifest");
  await storage.writeManifest("app", root);
  await copyImage(root, createStorageStore(storage).repository("app"), { repository: content }, { onEvent });
  return { names: names.map(parseReference), root, platform: parsePlatform(architecture) };
}

async function pack(
  { manifests, blobs }: GatheredContent,
  images: readonly PackedImage[],
  docker: boolean,
): Promise<Buffer> {
  return readAll(packImages({ images, manifests, blobs }, { docker }));
}
