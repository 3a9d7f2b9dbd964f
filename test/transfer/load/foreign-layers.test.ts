import { onTestFinished, describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import { noContents } from "../../../src/content/layer-contents.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest } from "../../../src/oci/manifest.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { storeSourceImage } from "../../helpers/archives/store-source-image.ts";
import { give, image } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const repository = "rancher/pause";
const foreignType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/** An image over a base layer that is foreign by its media type alone, as old Windows images of docker are. */
function overForeignBase(platform: string, machine: string): SourceImage {
  const image = buildImage({ config: platform, machine, manifest: "docker" });
  const base = { mediaType: foreignType, digest: digestOf("base"), size: 4 };
  const { config, layers } = image.manifest ?? { layers: [] };
  if (!config) throw new Error("an image without a manifest");
  return {
    ...image,
    layers: [{ diffID: digestOf("base tar"), contents: noContents, descriptor: base }, ...image.layers],
    manifest: buildManifest("docker", config, [base, ...layers]),
  };
}

async function start(): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  onTestFinished(() => registry.stop());
  return registry;
}

describe("a layer that is foreign by its media type alone", () => {
  test("is not missed in an image that the registry has whole", async () => {
    const registry = await start();
    const archive = [give("amd64", [overForeignBase("linux/amd64", "amd64")])];
    await loadImages(registry.host, archive);
    const events: string[] = [];
    const again = await loadImages(registry.host, archive, { onEvent: ({ type }) => void events.push(type) });
    expect(summarizeLists(again)).toEqual([`${repository}:3.1: amd64 unchanged`]);
    expect(events).not.toContain("blob");
  });

  test("is not read where a kept image's binaries are asked", async () => {
    const registry = await start();
    const kept = overForeignBase("linux/amd64", "arm64");
    const stored = await storeSourceImage(registry.storage, repository, { image: kept });
    const entry = { ...stored.descriptor, platform: parsePlatform("linux/arm64") };
    await registry.storage.writeManifest(repository, buildIndex("docker", [entry]), "3.1");
    const report = await loadImages(registry.host, [give("amd64", [image("amd64")])]);
    expect(summarizeLists(report)).toEqual([`${repository}:3.1: amd64 pushed, arm64 kept`]);
  });
});
