import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import type { Repository, Store } from "../../../src/content/repository.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { buildManifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import { LayerReuse } from "../../../src/transfer/load/layer-reuse.ts";
import { loadImages } from "../../helpers/archives/load-images.ts";
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

function startReuse(pairs = new Set<string>()): {
  find: (diffID: Digest | undefined) => ReturnType<LayerReuse["find"]>;
  pairs: Set<string>;
} {
  const checked = {
    has: (digest: Digest, diffID: Digest) => pairs.has(`${digest} ${diffID}`),
    add: (digest: Digest, diffID: Digest) => void pairs.add(`${digest} ${diffID}`),
  };
  const reuse = new LayerReuse({ checked, inspectLayer: inspectSyntheticLayer });
  const repository: Repository = store.repository(name);
  return { find: (diffID) => reuse.find(repository, diffID ?? digestOf("none")), pairs };
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
    const { find, pairs } = startReuse();
    await find(diffID);
    expect([...pairs]).toEqual([`${digest} ${diffID}`]);
    const before = blobReads();
    await find(diffID);
    expect(blobReads()).toBe(before);
    expect(await startReuse(pairs).find(diffID)).toMatchObject({ descriptor: { digest } });
    expect(blobReads()).toBe(before + 1);
  });

  test("is not used where the blob is not what the config claims", async () => {
    const wanted = buildLayer({ salt: "wanted" }).diffID;
    const config = { architecture: "amd64", os: "linux", rootfs: { diff_ids: [wanted] } };
    await storeClaim(JSON.stringify(config), gzipSync(JSON.stringify({ salt: "something else" })));
    const { find, pairs } = startReuse();
    expect(await find(wanted)).toBeUndefined();
    expect(pairs.size).toBe(0);
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

/** An image whose config and layer are these bytes, under a tag. */
async function storeClaim(config: string | Uint8Array, layer: Uint8Array): Promise<Digest> {
  const blobs = [
    buildBlob(config, mediaTypes.docker.config),
    buildBlob(layer, mediaTypes.docker.layerGzip),
  ] as const;
  const manifest = buildManifest("docker", blobs[0].descriptor, [blobs[1].descriptor]);
  await storeArtifact(registry.storage, name, { manifest, blobs }, "old");
  return blobs[1].descriptor.digest;
}
