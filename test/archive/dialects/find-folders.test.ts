import { expect, test } from "vitest";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import {
  type BuiltImage,
  buildImage,
  descriptorOf,
  indexOf,
  named,
} from "../../helpers/archives/built-image.ts";
import { readBuilt } from "../../helpers/archives/read-built.ts";
import { TarBuilder } from "../../helpers/archives/tar-builder.ts";

async function addLayout(tar: TarBuilder, folder: string, name: string): Promise<BuiltImage> {
  const image = await buildImage({ layers: [name] });
  tar.json(`${folder}oci-layout`, { imageLayoutVersion: "1.0.0" });
  for (const { hex, bytes } of [image.manifest, image.config, ...image.gzipLayers]) {
    tar.file(`${folder}blobs/sha256/${hex}`, bytes);
  }
  const index = indexOf(descriptorOf(image.manifest, mediaTypes.oci.manifest, named(name)));
  tar.file(`${folder}index.json`, index.bytes);
  return image;
}

async function addDockerSave(tar: TarBuilder, folder: string, name: string): Promise<void> {
  const { config, layers } = await buildImage({ layers: [name] });
  const files = layers.map(({ hex }) => `${hex}.tar`);
  layers.forEach(({ bytes }, i) => tar.file(folder + files[i], bytes));
  tar.file(`${folder}${config.hex}.json`, config.bytes);
  tar.json(`${folder}manifest.json`, [{ Config: `${config.hex}.json`, RepoTags: [name], Layers: files }]);
  tar.json(`${folder}repositories`, {});
}

test("folders of several dialects, at any depth, are read together", async () => {
  const tar = new TarBuilder();
  await addLayout(tar, "bundle/a/b/", "site/layout:1");
  await addDockerSave(tar, "bundle/c/", "site/saved:1");
  const { images, facts } = await readBuilt(tar);

  expect(images.flatMap(({ names }) => names).sort()).toEqual(["site/layout:1", "site/saved:1"]);
  expect(facts.writer).toBe("podman or skopeo; an OCI layout: skopeo, podman, BuildKit or k0s");
});

test("what lies below a folder of images belongs to it", async () => {
  const tar = new TarBuilder();
  await addLayout(tar, "", "site/outer:1");
  await addLayout(tar, "inner/", "site/inner:1");
  const { images } = await readBuilt(tar);

  expect(images.map(({ names }) => names)).toEqual([["site/outer:1"]]);
});

test("a folder's links lead to other folders of the archive, as those of deduplicated layouts do", async () => {
  const tar = new TarBuilder();
  const image = await addLayout(tar, "one/", "site/one:1");
  tar.json("two/oci-layout", { imageLayoutVersion: "1.0.0" });
  for (const { hex } of [image.manifest, image.config]) {
    tar.hardLink(`two/blobs/sha256/${hex}`, `one/blobs/sha256/${hex}`);
  }
  for (const { hex } of image.gzipLayers) {
    tar.symlink(`two/blobs/sha256/${hex}`, `../../../one/blobs/sha256/${hex}`);
  }
  const index = indexOf(descriptorOf(image.manifest, mediaTypes.oci.manifest, named("site/two:1")));
  tar.file("two/index.json", index.bytes);
  const { images } = await readBuilt(tar);

  expect(images.flatMap(({ names }) => names).sort()).toEqual(["site/one:1", "site/two:1"]);
});

test("a program's own manifest.json in a folder is no image", async () => {
  const tar = new TarBuilder().json("web/manifest.json", { name: "an app" });
  await addLayout(tar, "web/images/", "site/layout:1");
  const { images } = await readBuilt(tar);

  expect(images.map(({ names }) => names)).toEqual([["site/layout:1"]]);
});
