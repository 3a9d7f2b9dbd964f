import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceImage, SourceLayer } from "../../../src/content/image-source.ts";
import type { Repository, Store } from "../../../src/content/repository.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { buildManifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { type KnownBlobs, LayerReuse } from "../../../src/transfer/load/layer-reuse.ts";
import { createKnownBlobs, loadImages } from "../../helpers/archives/load-images.ts";
import {
  buildArtifact,
  buildBlob,
  buildImage,
  buildLayer,
  inspectSyntheticLayer,
} from "../../helpers/archives/source-image.ts";
import { storeArtifact, storeList, storeSourceImage } from "../../helpers/archives/store-source-image.ts";
import { give } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const name = "rancher/pause";

let registry: TestRegistry;
let store: Store;
beforeEach(async () => {
  registry = await startTestRegistry();
  store = await createRegistryStore({ host: registry.host, plainHttp: true, env: {} });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await registry.stop();
});

function startReuse(known = createKnownBlobs()): {
  find: (diffID: Digest | undefined) => ReturnType<LayerReuse["find"]>;
  known: KnownBlobs;
} {
  const reuse = new LayerReuse({ known, inspectLayer: inspectSyntheticLayer });
  const repository: Repository = store.repository(name);
  return { find: (diffID) => reuse.find(repository, diffID ?? digestOf("none")), known };
}

function firstLayer(image: SourceImage): { diffID: Digest | undefined; digest: Digest | undefined } {
  return { diffID: image.layers[0]?.diffID, digest: image.layers[0]?.descriptor?.digest };
}

function blobReads(): number {
  return registry.requests.filter(({ method, url }) => method === "GET" && url.includes("/blobs/")).length;
}

describe("a layer known by its diffID", () => {
  const image = buildImage({ manifest: "docker", salt: "x" });
  const { diffID, digest } = firstLayer(image);

  test("is found under the digest that the registry has it by", async () => {
    await storeSourceImage(registry.storage, name, { image, tag: "old" });
    expect(await startReuse().find(diffID)).toMatchObject({ descriptor: { digest }, compression: "gzip" });
  });

  test("is found within a list", async () => {
    const list = await storeList(registry.storage, name, "list", [{ platform: "linux/amd64", salt: "x" }]);
    expect(list.manifests).toHaveLength(1);
    expect(await startReuse().find(diffID)).toMatchObject({ descriptor: { digest } });
  });

  test("is not found where no image has it", async () => {
    await storeSourceImage(registry.storage, name, { image, tag: "old" });
    expect(await startReuse().find(digestOf("another"))).toBeUndefined();
  });

  test("is checked once, and from then on taken from memory", async () => {
    await storeSourceImage(registry.storage, name, { image, tag: "old" });
    const { find, known } = startReuse();
    await find(diffID);
    const before = blobReads();
    await find(diffID);
    expect(await startReuse(known).find(diffID)).toMatchObject({
      descriptor: { digest },
      compression: "gzip",
    });
    expect(blobReads()).toBe(before);
  });

  test("is looked up by HEAD alone where an earlier run has made the blob, without a look at any image", async () => {
    const blob = buildBlob("layer", mediaTypes.docker.layerGzip);
    const known = createKnownBlobs();
    known.add(diffID!, { ...blob.descriptor, compression: "gzip" });
    known.add(diffID!, { digest: digestOf("collected since"), size: 5, compression: "gzip" });
    await storeClaim("{}", "layer");
    expect(await startReuse(known).find(diffID)).toEqual({
      descriptor: { digest: blob.descriptor.digest, size: 5 },
      compression: "gzip",
    });
    expect(new Set(registry.requests.map(({ method }) => method))).toEqual(new Set(["HEAD", "GET"]));
    expect(registry.requests.filter(({ url }) => /tags|manifests/.test(url))).toEqual([]);
  });

  test("is not taken from memory where the registry has another size of that blob", async () => {
    const blob = buildBlob("layer", mediaTypes.docker.layerGzip);
    const known = createKnownBlobs();
    known.add(diffID!, { digest: blob.descriptor.digest, size: 4, compression: "gzip" });
    await storeClaim("{}", "layer");
    expect(await startReuse(known).find(diffID)).toBeUndefined();
  });

  test("is not used where the blob is not what the config claims", async () => {
    const wanted = buildLayer({ salt: "wanted" }).diffID;
    const config = { architecture: "amd64", os: "linux", rootfs: { diff_ids: [wanted] } };
    await storeClaim(JSON.stringify(config), gzipSync(JSON.stringify({ salt: "something else" })));
    const { find, known } = startReuse();
    expect(await find(wanted)).toBeUndefined();
    expect(await known.find(wanted)).toEqual([]);
  });

  test("is not used where the blob is gone", async () => {
    await storeSourceImage(registry.storage, name, { image, tag: "old" });
    if (digest) await registry.storage.deleteBlob(name, digest);
    expect(await startReuse().find(diffID)).toBeUndefined();
  });

  test("is found beside charts, images that lost their config, and tags that nobody can read", async () => {
    const lost = buildImage({ manifest: "docker", salt: "lost" });
    await storeArtifact(registry.storage, name, buildArtifact("a chart"), "0-chart");
    await storeSourceImage(registry.storage, name, { image: lost, tag: "1-lost" });
    await registry.storage.deleteBlob(name, lost.config.digest);
    await storeSourceImage(registry.storage, name, { image, tag: "2-sound" });
    expect(await startReuse().find(diffID)).toMatchObject({ descriptor: { digest } });
  });

  test("a repository that does not exist has none", async () => {
    expect(await startReuse().find(diffID)).toBeUndefined();
  });
});

describe("a load with --reuse-layers", () => {
  const spec = { binaries: [["bin/app", "amd64"]], salt: "shared" } as const;

  test("names the layer that is there, and sends only the config", async () => {
    const other = JSON.stringify({ rootfs: { diff_ids: [buildLayer(spec).diffID] } });
    const digest = await storeClaim(other, gzipSync(JSON.stringify(spec), { level: 1 }));
    const image = buildImage({ layers: [spec] });
    const report = await loadImages(registry.host, [give("amd64", [image])], { reuseLayers: true });
    expect(report.totals).toMatchObject({ failed: 0, blobsPushed: 1, blobsPresent: 1 });
    const child = await registry.readTag(name, "3.1-amd64");
    expect(child?.kind === "manifest" ? child.layers.map((layer) => layer.digest) : []).toEqual([digest]);
  });

  test("names what an earlier load has made of the layer, with its size and compression", async () => {
    const knownBlobs = createKnownBlobs();
    const first = buildImage({ layers: [spec] });
    await loadImages(registry.host, [give("amd64", [first])], { knownBlobs, archTag: false });
    const [blob] = await knownBlobs.find(buildLayer(spec).diffID);
    expect(blob).toMatchObject({ digest: (await first.layers[0]!.blob!()).digest, compression: "gzip" });

    const other = buildImage({ layers: [{ ...spec }], salt: "next release" });
    const recompressed = { ...other, layers: other.layers.map(recompress) };
    const before = blobReads();
    const options = { knownBlobs, reuseLayers: true };
    const report = await loadImages(registry.host, [give("amd64", [recompressed])], options);
    expect(report.totals).toMatchObject({ failed: 0, blobsPushed: 1, blobsPresent: 1 });
    expect(blobReads()).toBe(before);
  });

  test("remembers nothing of layers whose digest was promised, which only a config tells of", async () => {
    const knownBlobs = createKnownBlobs();
    const image = buildImage({ layers: [spec], manifest: "docker", claimed: "linux/amd64" });
    await loadImages(registry.host, [give("amd64", [image])], { knownBlobs });
    expect(await knownBlobs.find(buildLayer(spec).diffID)).toEqual([]);
  });

  test("does not exchange a layer whose digest was promised", async () => {
    const other = JSON.stringify({ rootfs: { diff_ids: [buildLayer(spec).diffID] } });
    await storeClaim(other, gzipSync(JSON.stringify(spec), { level: 1 }));
    const image = buildImage({ layers: [spec], manifest: "docker", claimed: "linux/amd64" });
    const report = await loadImages(registry.host, [give("amd64", [image])], { reuseLayers: true });
    expect(report.totals).toMatchObject({ blobsPushed: 2 });
    expect((await registry.readTag(name, "3.1-amd64"))?.descriptor.digest).toBe(
      image.manifest?.descriptor.digest,
    );
  });
});

/** The layer as another archive would give it: the same tar, under another digest. */
function recompress(layer: SourceLayer): SourceLayer {
  const bytes = gzipSync(JSON.stringify({ binaries: [["bin/app", "amd64"]], salt: "shared" }), { level: 1 });
  const blob = { digest: digestOf(bytes), size: bytes.length, compression: "gzip" } as const;
  return {
    ...layer,
    blob: async () => ({
      ...blob,
      async *open() {
        yield bytes;
      },
    }),
  };
}

/** An image whose config and layer are these bytes, under a tag. */
async function storeClaim(config: string, layer: string | Uint8Array): Promise<Digest> {
  const blobs = [
    buildBlob(config, mediaTypes.docker.config),
    buildBlob(layer, mediaTypes.docker.layerGzip),
  ] as const;
  const manifest = buildManifest("docker", blobs[0].descriptor, [blobs[1].descriptor]);
  await storeArtifact(registry.storage, name, { manifest, blobs }, "old");
  return blobs[1].descriptor.digest;
}
