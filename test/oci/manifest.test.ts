import { describe, expect, test } from "vitest";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import {
  buildIndex,
  buildManifest,
  filterIndex,
  type ImageIndex,
  type Manifest,
  parseManifest,
  replaceManifestConfig,
} from "../../src/oci/manifest.ts";
import { mediaTypes } from "../../src/oci/media-type.ts";

const config: Descriptor = { mediaType: mediaTypes.docker.config, size: 7, digest: digestOf("config") };
const layer: Descriptor = { mediaType: mediaTypes.docker.layerGzip, size: 9, digest: digestOf("layer") };

function parse(document: unknown, mediaType?: string): Manifest | ImageIndex {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return parseManifest(new TextEncoder().encode(text), "blob X", mediaType);
}

describe("parseManifest", () => {
  test("a manifest is read with config, layers, subject and artifact type", () => {
    const document = {
      schemaVersion: 2,
      config,
      layers: [layer, layer],
      subject: layer,
      artifactType: "a/b",
    };
    expect(parse(document)).toMatchObject({
      kind: "manifest",
      descriptor: {
        mediaType: mediaTypes.oci.manifest,
        digest: digestOf(JSON.stringify(document)),
        size: JSON.stringify(document).length,
      },
      config,
      layers: [layer, layer],
      subject: layer,
      artifactType: "a/b",
    });
  });

  test("an index is read with its children and their platforms", () => {
    const child = { ...config, platform: { os: "linux", architecture: "arm64", variant: "v8" } };
    expect(parse({ manifests: [child] })).toMatchObject({
      kind: "index",
      descriptor: { mediaType: mediaTypes.oci.index },
      manifests: [child],
    });
  });

  test.each([
    { given: undefined, own: undefined, type: mediaTypes.oci.manifest },
    { given: mediaTypes.docker.manifest, own: undefined, type: mediaTypes.docker.manifest },
    { given: undefined, own: mediaTypes.docker.manifest, type: mediaTypes.docker.manifest },
    { given: mediaTypes.docker.manifest, own: mediaTypes.docker.manifest, type: mediaTypes.docker.manifest },
  ])("announced as $given and calling itself $own, it is $type", ({ given, own, type }) => {
    expect(parse({ mediaType: own, config, layers: [] }, given).descriptor.mediaType).toBe(type);
  });

  test("null children are none, as Go writes an empty list", () => {
    expect(parse({ manifests: null })).toMatchObject({ kind: "index", manifests: [] });
    expect(parse({ config, layers: null })).toMatchObject({ kind: "manifest", layers: [] });
  });

  const both = "it is a manifest and an index at once";
  test.each([
    { title: "config and manifests", document: { config, manifests: [] }, detail: both },
    { title: "layers and null manifests", document: { layers: [], manifests: null }, detail: both },
    { title: "fsLayers and manifests", document: { fsLayers: [], manifests: [] }, detail: both },
    { title: "neither", document: { schemaVersion: 2 }, detail: "it is neither a manifest nor an index" },
    {
      title: "an index that calls itself a manifest",
      document: { mediaType: mediaTypes.oci.manifest, manifests: [] },
      detail: `its media type "${mediaTypes.oci.manifest}" does not fit its content`,
    },
    {
      title: "a manifest that calls itself an index",
      document: { mediaType: mediaTypes.docker.index, config, layers: [] },
      detail: `its media type "${mediaTypes.docker.index}" does not fit its content`,
    },
    {
      title: "a type that nobody knows, escape sequences made harmless",
      document: { mediaType: "x/\u{1b}[2J", config, layers: [] },
      detail: 'its media type "x/\\u{1b}[2J" does not fit its content',
    },
  ])("$title: refused", ({ document, detail }) => {
    expect(() => parse(document)).toThrow(
      expect.objectContaining({ code: "MANIFEST_INVALID", exitCode: 65 }),
    );
    expect(() => parse(document)).toThrow(`Cannot read blob X: ${detail}`);
  });

  test("an own type that is not the announced one is refused", () => {
    expect(() =>
      parse({ mediaType: mediaTypes.oci.manifest, config, layers: [] }, mediaTypes.docker.manifest),
    ).toThrow(
      `its media type is "${mediaTypes.oci.manifest}", announced was "${mediaTypes.docker.manifest}"`,
    );
  });

  test("a schema 1 manifest is refused", () => {
    const type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    expect(() => parse({ schemaVersion: 1, fsLayers: [] }, type)).toThrow(
      "it is of schema 1, which registries no longer take",
    );
  });

  test.each([
    { document: "[]", message: "blob X: want an object, got an array" },
    { document: '{"config":{},"config":{}}', message: 'key "config" is given twice' },
    { document: { config, layers: [{}] }, message: "blob X.layers[0].digest" },
    { document: { layers: [] }, message: "blob X.config: want an object, got nothing" },
    { document: { manifests: [1] }, message: "blob X.manifests[0]: want an object, got 1" },
    { document: { manifests: {} }, message: "blob X.manifests: want an array, got an object" },
  ])("$message", ({ document, message }) => {
    expect(() => parse(document)).toThrow(message);
  });
});

describe("what we write is pinned to the byte", () => {
  test("a Docker manifest", () => {
    const { bytes, descriptor } = buildManifest("docker", config, [layer]);
    expect(Buffer.from(bytes).toString()).toBe(
      JSON.stringify(
        JSON.parse(
          '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",' +
            `"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":7,"digest":"${config.digest}"},` +
            `"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":9,"digest":"${layer.digest}"}]}`,
        ),
        undefined,
        3,
      ),
    );
    expect(descriptor).toEqual({
      mediaType: mediaTypes.docker.manifest,
      digest: "sha256:ba63b2cef9e72a805ff27fb8bffc6403e51db8570c5b75ed0d8268d31e502d2b",
      size: bytes.length,
    });
  });

  test("an OCI index", () => {
    const { bytes, descriptor } = buildIndex("oci", [
      { ...config, mediaType: mediaTypes.oci.manifest, platform: { os: "linux", architecture: "amd64" } },
      {
        ...layer,
        mediaType: mediaTypes.oci.manifest,
        platform: { os: "linux", architecture: "arm", variant: "v7" },
      },
    ]);
    expect(Buffer.from(bytes).toString()).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[' +
        `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":7,"digest":"${config.digest}",` +
        '"platform":{"architecture":"amd64","os":"linux"}},' +
        `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":9,"digest":"${layer.digest}",` +
        '"platform":{"architecture":"arm","os":"linux","variant":"v7"}}]}',
    );
    expect(descriptor.digest).toBe("sha256:77e883559128431c7f04e0281d61450f92bc817a08c1f457a73943d451112fe8");
  });

  test("what is built is what parsing it gives", () => {
    const manifest = buildManifest("oci", config, [layer]);
    expect(parseManifest(manifest.bytes, "x", manifest.descriptor.mediaType)).toEqual(manifest);
    const index = buildIndex("docker", [{ ...config, platform: { os: "linux", architecture: "amd64" } }]);
    expect(parseManifest(index.bytes, "x", index.descriptor.mediaType)).toEqual(index);
  });
});

describe("replaceManifestConfig", () => {
  const other = { digest: digestOf("other"), size: 12345 };

  function replace(text: string): string {
    const manifest = parse(text);
    if (manifest.kind !== "manifest") throw new Error("not a manifest");
    const replaced = replaceManifestConfig(manifest, other);
    expect(replaced.descriptor).toEqual({
      ...manifest.descriptor,
      digest: digestOf(replaced.bytes),
      size: replaced.bytes.length,
    });
    expect(parseManifest(replaced.bytes, "x", replaced.descriptor.mediaType)).toEqual(replaced);
    return Buffer.from(replaced.bytes).toString();
  }

  test("every byte that does not speak of the config stays", () => {
    const text = `{
   "layers": [ {"size": 9, "digest": "${layer.digest}", "mediaType": "größe" } ],
   "config": { "digest" : "${config.digest}", "size": 7, "mediaType":"${config.mediaType}" , "annotations": {"a":"b"}},
   "schemaVersion": 2,
   "unknown": { "config": { "digest": "${config.digest}" }, "n": 1.50 }
}\n`;
    expect(replace(text)).toBe(
      text.replace(config.digest, other.digest).replace('"size": 7', '"size": 12345'),
    );
  });

  test("a config that the descriptor embeds is taken out, since it is the old one", () => {
    const text = `{"config":{"mediaType":"m","data":"e30=","digest":"${config.digest}","size":7},"layers":[]}`;
    expect(replace(text)).toBe(
      `{"config":{"mediaType":"m","digest":"${other.digest}","size":12345},"layers":[]}`,
    );
  });
});

describe("filterIndex", () => {
  test("takes children out and leaves every other byte as it was, annotations and white space included", () => {
    const [amd64, arm64] = ["amd64", "arm64"].map((architecture) => ({
      mediaType: mediaTypes.oci.manifest,
      digest: digestOf(architecture),
      size: 1,
      platform: { architecture, os: "linux" },
    }));
    const index = parse(indented([amd64, arm64]));
    if (index.kind !== "index") throw new Error("not an index");
    const filtered = filterIndex(index, ({ platform }) => platform?.architecture === "arm64");
    expect(filtered.manifests).toEqual([arm64]);
    expect(JSON.parse(Buffer.from(filtered.bytes).toString())).toEqual(JSON.parse(indented([arm64])));
    expect(Buffer.from(filtered.bytes).toString()).toContain('\n  "annotations": {');
    expect(filtered.descriptor).toEqual({
      mediaType: mediaTypes.oci.index,
      digest: digestOf(filtered.bytes),
      size: filtered.bytes.length,
    });
  });
});

function indented(manifests: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, manifests, annotations: { note: "kept" } }, undefined, 2);
}
