import { note } from "../../../src/content/notice.ts";
import { describe, expect, test } from "vitest";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import {
  blob,
  buildImage,
  type Blob,
  type BuiltImage,
  descriptorOf,
  indexOf,
  jsonBlob,
  manifestOf,
  named,
  refNamed,
} from "../../helpers/archives/built-image.ts";
import { openBuilt, readBuilt } from "../../helpers/archives/read-built.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";

const platform = (architecture: string, variant?: string): { platform: Record<string, string> } => ({
  platform: { os: "linux", architecture, ...(variant ? { variant } : {}) },
});
const absent = descriptorOf(jsonBlob({ not: "here" }), undefined, platform("s390x"));

function layout(...blobs: readonly Blob[]): TarBuilder {
  return new TarBuilder().json("oci-layout", { imageLayoutVersion: "1.0.0" }).blobs(...blobs);
}

function parts(image: BuiltImage): Blob[] {
  return [image.manifest, image.config, ...image.gzipLayers];
}

function rootIndex(index: Blob, more: object = named("example.com/app:1")): Uint8Array {
  return indexOf(descriptorOf(index, mediaTypes.oci.index, { ...more })).bytes;
}

/** As BuildKit writes one (attestation-storage.md). */
function buildAttestation(subject: Blob): { parts: Blob[]; descriptor: object } {
  const statement = jsonBlob({ _type: "https://in-toto.io/Statement/v0.1" });
  const config = jsonBlob({
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [statement.digest] },
  });
  const manifest = manifestOf(config, [statement], "application/vnd.in-toto+json");
  const descriptor = descriptorOf(manifest, undefined, {
    annotations: {
      "vnd.docker.reference.digest": subject.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  });
  return { parts: [manifest, config, statement], descriptor };
}

/** As cosign writes one: the config has the type of an image's. */
function buildSignature(): { parts: Blob[]; manifest: Blob } {
  const payload = jsonBlob({ critical: { type: "cosign container image signature" } });
  const config = jsonBlob({
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: [payload.digest] },
  });
  const manifest = manifestOf(config, [payload], "application/vnd.dev.cosign.simplesigning.v1+json");
  return { parts: [manifest, config, payload], manifest };
}

describe("indexes", () => {
  test("what an index lists and the archive lacks is left out; the index is not complete", async () => {
    const image = await buildImage({ architecture: "arm", variant: "v7" });
    const index = indexOf(descriptorOf(image.manifest, undefined, platform("arm", "v7")), absent);
    const tar = layout(index, ...parts(image)).file("index.json", rootIndex(index));
    const { images, notices } = await readBuilt(tar);
    expect(images).toMatchObject([
      { names: ["example.com/app:1"], claimedPlatform: { os: "linux", architecture: "arm", variant: "v7" } },
    ]);
    expect(images[0]?.index).toMatchObject({ complete: false, attestations: [] });
    expect(images[0]?.index?.manifest.descriptor.digest).toBe(index.digest);
    expect(notices).toEqual([]);
  });

  test("an index with attestations is complete when they are all there", async () => {
    const image = await buildImage();
    const attestation = buildAttestation(image.manifest);
    const index = indexOf(descriptorOf(image.manifest, undefined, platform("amd64")), attestation.descriptor);
    const whole = layout(index, ...parts(image), ...attestation.parts).file("index.json", rootIndex(index));
    const [found] = (await readBuilt(whole)).images;
    expect(found?.index?.complete).toBe(true);
    expect(found?.index?.attestations.map(({ blobs }) => blobs.length)).toEqual([2]);

    const sparse = layout(index, ...parts(image), ...attestation.parts.slice(0, 2)).file(
      "index.json",
      rootIndex(index),
    );
    const [left] = (await readBuilt(sparse)).images;
    expect(left?.index).toMatchObject({ complete: false, attestations: [] });
  });

  test("a platform whose layers were never pulled is left out with a note, also where manifest.json lists it", async () => {
    const amd64 = await buildImage({ architecture: "amd64", layers: ["amd64"] });
    const arm64 = await buildImage({ architecture: "arm64", layers: ["arm64"] });
    const index = indexOf(
      descriptorOf(amd64.manifest, undefined, platform("amd64")),
      descriptorOf(arm64.manifest, undefined, platform("arm64")),
    );
    const tar = layout(index, amd64.manifest, amd64.config, ...parts(arm64))
      .file("index.json", rootIndex(index))
      .json("manifest.json", [
        {
          Config: `blobs/sha256/${amd64.config.hex}`,
          RepoTags: ["example.com/app:1"],
          Layers: [`blobs/sha256/${amd64.gzipLayers[0]?.hex}`],
        },
      ]);
    const { images, notices } = await readBuilt(tar);
    expect(images.map(({ config }) => config.digest)).toEqual([arm64.config.digest]);
    expect(notices).toEqual([
      note(
        'image "example.com/app:1" for linux/amd64 is left out: the archive has its manifest, but not all of its layers',
      ),
    ]);
  });

  test("an index of which nothing is there is an error that names image and platforms", async () => {
    const index = indexOf(absent, descriptorOf(jsonBlob(1), undefined, platform("arm64")));
    const tar = layout(index).file("index.json", rootIndex(index));
    await expect(readBuilt(tar)).rejects.toThrow(
      'Cannot read image "example.com/app:1": its index lists linux/s390x, linux/arm64, the archive has none of them',
    );
  });

  test("indexes within indexes are followed, and are never published as they are", async () => {
    const image = await buildImage();
    let index = indexOf(descriptorOf(image.manifest, undefined, platform("amd64")));
    const indexes = [index];
    for (let depth = 2; depth <= 4; depth++) {
      index = indexOf(descriptorOf(index, mediaTypes.oci.index));
      indexes.push(index);
    }
    const { images } = await readBuilt(
      layout(...indexes, ...parts(image)).file("index.json", rootIndex(index)),
    );
    expect(images).toMatchObject([{ index: { complete: false } }]);

    const deeper = indexOf(descriptorOf(index, mediaTypes.oci.index));
    const tar = layout(deeper, ...indexes, ...parts(image)).file("index.json", rootIndex(deeper));
    await expect(readBuilt(tar)).rejects.toThrow(/indexes are nested more than 4 deep/);
  });

  test("one manifest listed for two variants is two images", async () => {
    const image = await buildImage({ architecture: "arm" });
    const index = indexOf(
      descriptorOf(image.manifest, undefined, platform("arm", "v6")),
      descriptorOf(image.manifest, undefined, platform("arm", "v7")),
      descriptorOf(image.manifest, undefined, platform("arm", "v7")),
    );
    const { images } = await readBuilt(layout(index, ...parts(image)).file("index.json", rootIndex(index)));
    expect(images.map(({ claimedPlatform }) => claimedPlatform?.variant)).toEqual(["v6", "v7"]);
  });

  test("one manifest under two names, alone and in an index, is two images", async () => {
    const image = await buildImage();
    const index = indexOf(descriptorOf(image.manifest, undefined, platform("amd64")));
    const tar = layout(index, ...parts(image)).file(
      "index.json",
      indexOf(
        descriptorOf(index, mediaTypes.oci.index, named("example.com/app:list")),
        descriptorOf(image.manifest, undefined, named("example.com/app:single")),
      ).bytes,
    );
    const { images } = await readBuilt(tar);
    expect(images.map(({ names, index: own }) => [names, own?.manifest.descriptor.digest])).toEqual([
      [["example.com/app:list"], index.digest],
      [["example.com/app:single"], undefined],
    ]);
  });

  test("a manifest that index.json lists for one platform may be absent, one without platform may not", async () => {
    const image = await buildImage();
    const roots = (missing: object): Uint8Array =>
      indexOf(descriptorOf(image.manifest, undefined, named("a:1")), missing).bytes;
    const { images, notices } = await readBuilt(layout(...parts(image)).file("index.json", roots(absent)));
    expect(images).toHaveLength(1);
    expect(notices).toHaveLength(1);
    const nameless = { ...absent, platform: undefined };
    await expect(readBuilt(layout(...parts(image)).file("index.json", roots(nameless)))).rejects.toThrow(
      expect.objectContaining({ code: "ARCHIVE_INCOMPLETE" }),
    );
  });

  test("too many descriptors are refused, also when they are the same ones again and again", async () => {
    const many = indexOf(
      ...Array.from({ length: 9_000 }, (_, i) => descriptorOf(jsonBlob(i), undefined, platform("amd64"))),
    );
    const image = await buildImage();
    const roots = Array.from({ length: 12 }, (_, i) =>
      indexOf(
        descriptorOf(image.manifest, undefined, platform("amd64")),
        descriptorOf(many, mediaTypes.oci.index, { annotations: { i: String(i) } }),
      ),
    );
    const tar = layout(many, ...roots, ...parts(image)).file(
      "index.json",
      indexOf(
        ...roots.map((root, i) => descriptorOf(root, mediaTypes.oci.index, named(`example.com/app:${i}`))),
      ).bytes,
    );
    await expect(readBuilt(tar)).rejects.toThrow(/list too many manifests/);
  });
});

describe("artifacts", () => {
  test("a signature with a tag of its own refers to its image", async () => {
    const image = await buildImage();
    const signature = buildSignature();
    const name = `example.com/app:sha256-${image.manifest.hex}.sig`;
    const tar = layout(...parts(image), ...signature.parts).file(
      "index.json",
      indexOf(
        descriptorOf(image.manifest, undefined, refNamed("example.com/app:1")),
        descriptorOf(signature.manifest, undefined, refNamed(name)),
      ).bytes,
    );
    const { images, artifacts, referrers } = await readBuilt(tar);
    expect(images.map(({ names }) => names)).toEqual([["example.com/app:1"]]);
    expect(artifacts).toEqual([]);
    expect(referrers).toMatchObject([
      {
        names: [name],
        tag: name.split(":")[1],
        subject: image.manifest.digest,
        manifest: { descriptor: { digest: signature.manifest.digest } },
      },
    ]);
    expect(referrers[0]?.blobs).toHaveLength(2);
  });

  test("hauler: a signature that has its image's name has no tag to go to", async () => {
    const image = await buildImage();
    const signature = buildSignature();
    const tar = layout(...parts(image), ...signature.parts).file(
      "index.json",
      indexOf(
        descriptorOf(image.manifest, undefined, refNamed("example.com/app:1")),
        descriptorOf(signature.manifest, undefined, refNamed("example.com/app:1")),
        descriptorOf(buildSignature().manifest),
      ).bytes,
    );
    const { artifacts, notices } = await readBuilt(tar);
    expect(artifacts).toEqual([]);
    expect(notices).toEqual([
      {
        severity: "warning",
        text: `${signature.manifest.digest}, which belongs to image "example.com/app:1", is left out: it has no name of its own`,
      },
    ]);
  });

  test("an artifact of another kind keeps a name that an image has, so that the two collide", async () => {
    const image = await buildImage();
    const chart = blob(Buffer.from("a chart"));
    const config = jsonBlob({ name: "chart" });
    const manifest = jsonBlob({
      schemaVersion: 2,
      config: descriptorOf(config, "application/vnd.cncf.helm.config.v1+json"),
      layers: [descriptorOf(chart, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
    });
    const tar = layout(...parts(image), chart, config, manifest).file(
      "index.json",
      indexOf(
        descriptorOf(image.manifest, undefined, named("a:1")),
        descriptorOf(manifest, undefined, named("a:1")),
      ).bytes,
    );
    expect((await readBuilt(tar)).artifacts).toMatchObject([{ names: ["a:1"] }]);
  });

  test("hauler: a Helm chart is an artifact with its name", async () => {
    const chart = blob(Buffer.from("a chart"));
    const config = jsonBlob({ name: "chart" });
    const manifest = jsonBlob({
      schemaVersion: 2,
      config: descriptorOf(config, "application/vnd.cncf.helm.config.v1+json"),
      layers: [descriptorOf(chart, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
    });
    const tar = layout(chart, config, manifest).file(
      "index.json",
      indexOf(descriptorOf(manifest, undefined, named("example.com/charts/app:1"))).bytes,
    );
    expect((await readBuilt(tar)).artifacts).toMatchObject([{ names: ["example.com/charts/app:1"] }]);
  });

  test("what is of an unknown type, or not all there, is a fault of its own", async () => {
    const image = await buildImage();
    const signature = buildSignature();
    const tar = layout(...parts(image), signature.manifest).file(
      "index.json",
      indexOf(
        descriptorOf(image.manifest, undefined, named("a:1")),
        descriptorOf(signature.manifest, undefined, named("a:sig")),
        descriptorOf(jsonBlob(1), "application/vnd.oci.artifact.manifest.v1+json", named("a:artifact")),
      ).bytes,
    );
    const { images, artifacts, faults } = await openBuilt(tar);
    expect([images.length, artifacts.length]).toEqual([1, 0]);
    expect(faults).toMatchObject([
      { names: ["a:sig"], isDamage: false, error: { code: "ARCHIVE_INCOMPLETE" } },
      { names: ["a:artifact"], isDamage: false, error: { code: "ARCHIVE_UNSUPPORTED" } },
    ]);
  });
});

describe("foreign layers", () => {
  const foreignType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  const urls = ["https://mcr.microsoft.com/layer"];

  async function windowsImage(): Promise<BuiltImage> {
    const image = await buildImage({ layers: ["base", "app"] });
    const [base, app] = image.gzipLayers as [Blob, Blob];
    const manifest = jsonBlob({
      schemaVersion: 2,
      mediaType: mediaTypes.docker.manifest,
      config: descriptorOf(image.config, mediaTypes.docker.config),
      layers: [descriptorOf(base, foreignType, { urls }), descriptorOf(app, mediaTypes.docker.layerGzip)],
    });
    return { ...image, manifest };
  }

  test("one that is absent stays a descriptor with its urls", async () => {
    const image = await windowsImage();
    const tar = layout(image.manifest, image.config, ...image.gzipLayers.slice(1)).file(
      "index.json",
      indexOf(descriptorOf(image.manifest, mediaTypes.docker.manifest, named("a:1"))).bytes,
    );
    const { images } = await readBuilt(tar);
    const [base, app] = images[0]?.layers ?? [];
    expect(base).toMatchObject({ diffID: undefined, descriptor: { mediaType: foreignType, urls } });
    expect(base?.blob).toBeUndefined();
    expect(app?.blob).toBeDefined();
  });

  test.each([
    [false, 1],
    [true, 2],
  ])("one that is there is pushed only if that is allowed (%s)", async (allowForeign, pushed) => {
    const image = await windowsImage();
    const tar = layout(...parts(image)).file(
      "index.json",
      indexOf(descriptorOf(image.manifest, mediaTypes.docker.manifest, named("a:1"))).bytes,
    );
    const { images } = await readBuilt(tar, { allowForeign });
    const layers = images[0]?.layers ?? [];
    expect(layers.map(({ diffID }) => diffID)).toEqual(image.layers.map(({ digest }) => digest));
    expect(layers.filter(({ blob }) => blob)).toHaveLength(pushed);
  });

  test.each([
    [false, 1],
    [true, 2],
  ])("docker save on Windows lists them in LayerSources (%s)", async (allowForeign, pushed) => {
    const image = await buildImage({ layers: ["base", "app"] });
    const [base, app] = image.layers as [Blob, Blob];
    const source = { ...descriptorOf(image.gzipLayers[0] as Blob, foreignType), urls };
    const tar = new TarBuilder()
      .file("c.json", image.config.bytes)
      .file("1/layer.tar", base.bytes)
      .file("2/layer.tar", app.bytes)
      .json("manifest.json", [
        {
          Config: "c.json",
          RepoTags: ["win:1"],
          Layers: ["1/layer.tar", "2/layer.tar"],
          LayerSources: { [base.digest]: source },
        },
      ]);
    const { images } = await readBuilt(tar, { allowForeign });
    const layers = images[0]?.layers ?? [];
    expect(layers.filter(({ blob }) => blob)).toHaveLength(pushed);
    expect(layers[0]?.descriptor?.urls).toEqual(allowForeign ? undefined : urls);
  });

  test("LayerSources of ordinary types do not make a layer foreign", async () => {
    const image = await buildImage();
    const [layer] = image.layers as [Blob];
    const tar = new TarBuilder()
      .file("c.json", image.config.bytes)
      .file("1/layer.tar", layer.bytes)
      .json("manifest.json", [
        {
          Config: "c.json",
          Layers: ["1/layer.tar"],
          LayerSources: { [layer.digest]: descriptorOf(layer, mediaTypes.oci.layer) },
        },
      ]);
    expect((await readBuilt(tar)).images[0]?.layers[0]?.blob).toBeDefined();
  });
});
