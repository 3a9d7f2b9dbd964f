import { note } from "../../src/content/notice.ts";
import { describe, expect, test } from "vitest";
import {
  type BuiltImage,
  buildImage,
  descriptorOf,
  indexOf,
  jsonBlob,
  manifestOf,
  named,
  refNamed,
} from "../helpers/archives/built-image.ts";
import { readBuilt } from "../helpers/archives/read-built.ts";
import { TarBuilder } from "../helpers/archives/tar-builder.ts";
import { mediaTypes } from "../../src/oci/media-type.ts";
import type { SourceImage } from "../../src/content/image-source.ts";

/** The forms of archives.md 3 that are not among the samples, made after their writers' sources. */

function summary({ names, config, layers, manifest }: SourceImage): unknown {
  return {
    names,
    config: config.digest,
    diffIDs: layers.map(({ diffID }) => diffID),
    ...(manifest ? { manifest: manifest.descriptor.digest } : {}),
  };
}

function expected(names: readonly string[], image: BuiltImage, withManifest = false): unknown {
  return {
    names,
    config: image.config.digest,
    diffIDs: image.layers.map(({ digest }) => digest),
    ...(withManifest ? { manifest: image.manifest.digest } : {}),
  };
}

/** An item whose config and plain layers are under `blobs/`. */
function blobItem(image: BuiltImage, RepoTags: readonly string[] | null): unknown {
  return {
    Config: `blobs/sha256/${image.config.hex}`,
    RepoTags,
    Layers: image.layers.map(({ hex }) => `blobs/sha256/${hex}`),
  };
}

async function summarize(tar: TarBuilder): Promise<unknown[]> {
  const { images } = await readBuilt(tar);
  return images.map(summary);
}

describe("docker save layouts", () => {
  test("Jib: lower-case keys, a config whose name is no digest", async () => {
    const image = await buildImage({ layers: ["a", "b"] });
    const tar = new TarBuilder();
    for (const { hex, bytes } of image.gzipLayers) tar.file(`${hex}.tar.gz`, bytes);
    tar.file("config.json", image.config.bytes);
    const layers = image.gzipLayers.map(({ hex }) => `${hex}.tar.gz`);
    tar.json("manifest.json", [{ config: "config.json", repoTags: ["gcr.io/distroless/app:1"], layers }]);
    expect(await summarize(tar)).toEqual([expected(["gcr.io/distroless/app:1"], image)]);
  });

  test("Nix: ./ names, the same layer twice under one name, indented JSON", async () => {
    const image = await buildImage({ layers: ["a", "b", "a"] });
    const tar = new TarBuilder();
    for (const { hex, bytes } of image.layers) tar.file(`./${hex}/layer.tar`, bytes);
    tar.file(`./${image.config.hex}.json`, image.config.bytes);
    const manifest = [
      {
        Config: `${image.config.hex}.json`,
        RepoTags: ["nix:1"],
        Layers: image.layers.map(({ hex }) => `${hex}/layer.tar`),
      },
    ];
    tar.file("./manifest.json", JSON.stringify(manifest, undefined, 2));
    expect(await summarize(tar)).toEqual([expected(["nix:1"], image)]);
  });

  test("Docker 1.13-24: layers linked forward and across images", async () => {
    const one = await buildImage({ layers: ["shared", "one"] });
    const two = await buildImage({ layers: ["shared", "two"] });
    const tar = new TarBuilder()
      .file(`${one.config.hex}.json`, one.config.bytes)
      .symlink("a1/layer.tar", "../c1/layer.tar")
      .file("b1/layer.tar", one.layers[1]?.bytes ?? "")
      .file("c1/layer.tar", two.layers[0]?.bytes ?? "")
      .file("d1/layer.tar", two.layers[1]?.bytes ?? "")
      .file(`${two.config.hex}.json`, two.config.bytes)
      .json("manifest.json", [
        { Config: `${two.config.hex}.json`, RepoTags: ["two:1"], Layers: ["c1/layer.tar", "d1/layer.tar"] },
        {
          Config: `${one.config.hex}.json`,
          RepoTags: ["one:1"],
          Layers: ["a1/layer.tar", "b1/layer.tar"],
          Parent: two.config.digest,
        },
      ]);
    expect(await summarize(tar)).toEqual([expected(["two:1"], two), expected(["one:1"], one)]);
  });

  test("podman: layers beside v1 folders that link to them, repositories before manifest.json", async () => {
    const image = await buildImage({ layers: ["a"] });
    const [layer] = image.layers;
    const tar = new TarBuilder()
      .file(`${layer?.hex}.tar`, layer?.bytes ?? "")
      .file(`${image.config.hex}.json`, image.config.bytes)
      .symlink("f00/layer.tar", `../${layer?.hex}.tar`)
      .file("f00/VERSION", "1.0")
      .file("f00/json", "{}")
      .json("repositories", {})
      .json("manifest.json", [
        { Config: `${image.config.hex}.json`, RepoTags: ["localhost/app:1"], Layers: [`${layer?.hex}.tar`] },
      ]);
    expect(await summarize(tar)).toEqual([expected(["localhost/app:1"], image)]);
  });

  test("legacy crane: a layer stored again in full, an empty tag in repositories", async () => {
    const image = await buildImage({ layers: ["a", "a"] });
    const tar = new TarBuilder().file(`${image.config.hex}.json`, image.config.bytes);
    for (const [i, { bytes }] of image.layers.entries()) {
      tar.file(`id${i}/layer.tar`, bytes).file(`id${i}/json`, "{}").file(`id${i}/VERSION`, "1.0");
    }
    tar
      .json("manifest.json", [
        { Config: `${image.config.hex}.json`, RepoTags: null, Layers: ["id0/layer.tar", "id1/layer.tar"] },
      ])
      .json("repositories", { "legacy/app": { "": "id1" }, "legacy/other": { v1: "id1", v2: "gone" } });
    expect(await summarize(tar)).toEqual([expected(["legacy/other:v1"], image)]);
  });

  test("Bazel's rules_oci: compressed layers under blobs/, no tags", async () => {
    const image = await buildImage({ layers: ["a", "b"] });
    const tar = new TarBuilder().blobs(image.config);
    for (const { hex, bytes } of image.gzipLayers) tar.file(`blobs/sha256/${hex}.tar.gz`, bytes);
    const Layers = image.gzipLayers.map(({ hex }) => `blobs/sha256/${hex}.tar.gz`);
    tar.json("manifest.json", [{ Config: `blobs/sha256/${image.config.hex}`, RepoTags: [], Layers }]);
    expect(await summarize(tar)).toEqual([expected([], image)]);
  });

  test("crane by digest: the tag that says so is no name", async () => {
    const image = await buildImage();
    const [layer] = image.gzipLayers;
    const tar = new TarBuilder()
      .file(image.config.digest, image.config.bytes)
      .file(`${layer?.hex}.tar.gz`, layer?.bytes ?? "")
      .json("manifest.json", [
        { Config: image.config.digest, RepoTags: ["pause:i-was-a-digest"], Layers: [`${layer?.hex}.tar.gz`] },
      ]);
    const { images, notices } = await readBuilt(tar);
    expect(images.map(summary)).toEqual([expected([], image)]);
    expect(notices).toEqual([note('"pause:i-was-a-digest" was saved by digest and has no name')]);
  });

  test("BuildKit type=docker: an image without layers", async () => {
    const image = await buildImage({ layers: [] });
    const tar = new TarBuilder()
      .blobs(image.config, image.manifest)
      .json("manifest.json", [
        { Config: `blobs/sha256/${image.config.hex}`, RepoTags: ["empty:1"], Layers: null },
      ])
      .file("index.json", indexOf(descriptorOf(image.manifest)).bytes);
    expect(await summarize(tar)).toEqual([expected(["empty:1"], image, true)]);
  });

  test("RKE2: manifest.json and repositories in front, deduplicated by hard links", async () => {
    const image = await buildImage({ layers: ["a", "a"] });
    const tar = new TarBuilder()
      .json("manifest.json", [
        { Config: `${image.config.hex}.json`, RepoTags: ["rke2:1"], Layers: ["1/layer.tar", "2/layer.tar"] },
      ])
      .json("repositories", {})
      .file(`${image.config.hex}.json`, image.config.bytes)
      .file("1/layer.tar", image.layers[0]?.bytes ?? "")
      .hardLink("2/layer.tar", "1/layer.tar");
    expect(await summarize(tar)).toEqual([expected(["rke2:1"], image)]);
  });

  test("macOS: ._ files beside every file, ./ names", async () => {
    const image = await buildImage();
    const [layer] = image.layers;
    const tar = new TarBuilder()
      .file("./._manifest.json", "Mac OS X resource fork")
      .json("./manifest.json", [{ Config: "c.json", RepoTags: ["mac:1"], Layers: ["1/layer.tar"] }])
      .file("./._index.json", "Mac OS X resource fork")
      .file("./.DS_Store", "x")
      .file("./c.json", image.config.bytes)
      .file("./1/._layer.tar", "x")
      .file("./1/layer.tar", layer?.bytes ?? "");
    expect(await summarize(tar)).toEqual([expected(["mac:1"], image)]);
  });

  test("the whole document null: no images, which is said", async () => {
    await expect(readBuilt(new TarBuilder().json("manifest.json", null))).rejects.toThrow(
      /it lists no images/,
    );
  });
});

describe("both manifests in one archive", () => {
  test("Docker 25-28: the made-up OCI manifest is not the image's, whatever order its layers have", async () => {
    const image = await buildImage({ layers: ["a", "b"] });
    const shuffled = manifestOf(image.config, image.layers.toReversed(), mediaTypes.oci.layer);
    const layerSources = image.layers.map((layer) => [
      layer.digest,
      descriptorOf(layer, mediaTypes.oci.layer),
    ]);
    const tar = new TarBuilder()
      .blobs(image.config, ...image.layers, shuffled, jsonBlob({ architecture: "amd64", parent: "orphan" }))
      .file("index.json", indexOf(descriptorOf(shuffled, undefined, named("docker.io/library/app:1"))).bytes)
      .json("manifest.json", [
        {
          Config: `blobs/sha256/${image.config.hex}`,
          RepoTags: ["app:1"],
          Layers: image.layers.map(({ hex }) => `blobs/sha256/${hex}`),
          LayerSources: Object.fromEntries(layerSources),
        },
      ]);
    expect(await summarize(tar)).toEqual([expected(["docker.io/library/app:1"], image)]);
  });

  test("Docker 25.0: an image that index.json misses", async () => {
    const one = await buildImage({ layers: ["one"] });
    const two = await buildImage({ layers: ["two"] });
    const tar = new TarBuilder()
      .blobs(one.config, ...one.layers, two.config, ...two.layers)
      .json("index.json", { schemaVersion: 2, manifests: null })
      .json("manifest.json", [blobItem(one, ["one:1"]), blobItem(two, null)]);
    expect(await summarize(tar)).toEqual([expected(["one:1"], one), expected([], two)]);
  });

  test("containerd: the original manifest, even over plain layers", async () => {
    const image = await buildImage();
    const plain = manifestOf(image.config, image.layers, mediaTypes.oci.layer);
    const tar = new TarBuilder()
      .blobs(image.config, ...image.layers, plain)
      .file("index.json", indexOf(descriptorOf(plain, undefined, named("docker.io/library/app:1"))).bytes)
      .json("manifest.json", [
        {
          Config: `blobs/sha256/${image.config.hex}`,
          RepoTags: ["app:1"],
          Layers: image.layers.map(({ hex }) => `blobs/sha256/${hex}`),
        },
      ]);
    const { images } = await readBuilt(tar);
    expect(images.map((image) => image.manifest?.descriptor.digest)).toEqual([plain.digest]);
    expect(await images[0]?.layers[0]?.blob?.()).toMatchObject({
      digest: image.layers[0]?.digest,
      compression: "none",
    });
  });

  test("hauler: the same RepoTags once for each architecture", async () => {
    const amd64 = await buildImage({ architecture: "amd64" });
    const arm64 = await buildImage({ architecture: "arm64" });
    const index = indexOf(
      descriptorOf(amd64.manifest, undefined, { platform: { os: "linux", architecture: "amd64" } }),
      descriptorOf(arm64.manifest, undefined, {
        platform: { os: "linux", architecture: "arm64", variant: "v8" },
      }),
    );
    const tar = new TarBuilder().blobs(index);
    for (const image of [amd64, arm64]) tar.blobs(image.config, ...image.gzipLayers, image.manifest);
    tar
      .file(
        "index.json",
        indexOf(descriptorOf(index, mediaTypes.oci.index, named("index.docker.io/library/app:1"))).bytes,
      )
      .json(
        "manifest.json",
        [amd64, arm64].map(({ config, gzipLayers }) => ({
          Config: `blobs/sha256/${config.hex}`,
          RepoTags: ["app:1"],
          Layers: gzipLayers.map(({ hex }) => `blobs/sha256/${hex}`),
        })),
      );
    const { images } = await readBuilt(tar);
    expect(images.map(summary)).toEqual([
      expected(["index.docker.io/library/app:1"], amd64, true),
      expected(["index.docker.io/library/app:1"], arm64, true),
    ]);
    expect(images.map(({ claimedPlatform }) => claimedPlatform)).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ]);
    expect(images[0]?.index).toBe(images[1]?.index);
    expect(images[0]?.index?.complete).toBe(true);
  });

  test("names come once, from the most trusted source that has them", async () => {
    const image = await buildImage();
    const digestName = `app@sha256:${"a".repeat(64)}`;
    const tar = new TarBuilder()
      .blobs(image.config, ...image.gzipLayers, image.manifest)
      .file(
        "index.json",
        indexOf(
          descriptorOf(image.manifest, undefined, refNamed("example.com/app:2")),
          descriptorOf(image.manifest, undefined, named("docker.io/library/app:1")),
          descriptorOf(image.manifest, undefined, refNamed("latest")),
          descriptorOf(image.manifest, undefined, refNamed(digestName)),
        ).bytes,
      )
      .json("manifest.json", [
        {
          Config: `blobs/sha256/${image.config.hex}`,
          RepoTags: ["app:1", "app:3", "index.docker.io/library/app:1", digestName],
          Layers: image.gzipLayers.map(({ hex }) => `blobs/sha256/${hex}`),
        },
      ]);
    expect(await summarize(tar)).toEqual([
      expected(["docker.io/library/app:1", "app:3", "example.com/app:2", digestName], image, true),
    ]);
  });
});

describe("OCI layouts", () => {
  test("k0s: up to three names for an image, the index kept", async () => {
    const image = await buildImage({ architecture: "arm64" });
    const index = indexOf(
      descriptorOf(image.manifest, undefined, { platform: { os: "linux", architecture: "arm64" } }),
    );
    const names = [
      "quay.io/k0s/pause:3.9",
      `quay.io/k0s/pause@${index.digest}`,
      `quay.io/k0s/pause:3.9@${index.digest}`,
    ];
    const tar = new TarBuilder()
      .blobs(index, image.manifest, image.config, ...image.gzipLayers)
      .file(
        "index.json",
        indexOf(...names.map((name) => descriptorOf(index, mediaTypes.oci.index, refNamed(name)))).bytes,
      )
      .json("oci-layout", { imageLayoutVersion: "1.0.0" });
    expect(await summarize(tar)).toEqual([expected(names, image, true)]);
  });

  test("BuildKit type=oci without a name: an image without a name", async () => {
    const image = await buildImage();
    const tar = new TarBuilder()
      .blobs(image.config, ...image.gzipLayers, image.manifest)
      .file("index.json", indexOf(descriptorOf(image.manifest, undefined, refNamed("latest"))).bytes);
    expect(await summarize(tar)).toEqual([expected([], image, true)]);
  });

  test("zarf: a layout in a folder of its own, among other tars", async () => {
    const image = await buildImage();
    const tar = new TarBuilder()
      .file("zarf.yaml", "kind: ZarfPackageConfig")
      .file("components/app.tar", "x")
      .file("images/index.json", indexOf(descriptorOf(image.manifest, undefined, refNamed("app:1"))).bytes)
      .json("images/oci-layout", { imageLayoutVersion: "1.0.0" });
    for (const { hex, bytes } of [image.config, image.manifest, ...image.gzipLayers]) {
      tar.file(`images/blobs/sha256/${hex}`, bytes);
    }
    expect(await summarize(tar)).toEqual([expected(["app:1"], image, true)]);
  });

  test("docker save unpacked and tarred again with its folder, links and all", async () => {
    const image = await buildImage({ layers: ["a", "a", "a"] });
    const tar = new TarBuilder()
      .file("images/1/layer.tar", image.layers[0]?.bytes ?? "")
      .hardLink("images/2/layer.tar", "images/1/layer.tar")
      .symlink("images/3/layer.tar", "../2/layer.tar")
      .file("images/c.json", image.config.bytes)
      .json("images/repositories", {})
      .json("images/manifest.json", [
        { Config: "c.json", RepoTags: ["app:1"], Layers: ["1/layer.tar", "2/layer.tar", "3/layer.tar"] },
      ]);
    expect(await summarize(tar)).toEqual([expected(["app:1"], image)]);
  });

  test("dir: with and without its folder", async () => {
    const image = await buildImage();
    for (const folder of ["", "app/"]) {
      const tar = new TarBuilder().file(`${folder}manifest.json`, image.manifest.bytes);
      for (const { hex, bytes } of [image.config, ...image.gzipLayers]) tar.file(`${folder}${hex}`, bytes);
      tar.file(`${folder}version`, "Directory Transport Version: 1.1\n");
      expect(await summarize(tar)).toEqual([expected([], image, true)]);
    }
  });

  test("dir: of several platforms", async () => {
    const image = await buildImage();
    const index = indexOf(
      descriptorOf(image.manifest, undefined, { platform: { os: "linux", architecture: "amd64" } }),
    );
    const tar = new TarBuilder()
      .file("version", "Directory Transport Version: 1.1\n")
      .file("manifest.json", index.bytes)
      .file(`${image.manifest.hex}.manifest.json`, image.manifest.bytes);
    for (const { hex, bytes } of [image.config, ...image.gzipLayers]) tar.file(hex, bytes);
    expect(await summarize(tar)).toEqual([expected([], image, true)]);
  });
});
