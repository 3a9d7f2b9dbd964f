import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Family, mediaTypes } from "../../../src/oci/media-type.ts";
import { loadImages, summarizeLists } from "../../helpers/archives/load-images.ts";
import { dockerOnly, ociOnly, refuseLists } from "../../helpers/registries/registry-faults.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { give } from "../../helpers/summarize-plan.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const pause = "rancher/pause:3.1";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startTestRegistry();
});
afterEach(() => registry.stop());

function archives(): ReturnType<typeof give>[] {
  return ["amd64", "arm64"].map((word) =>
    give(word, [buildImage({ config: `linux/${word}`, names: [pause] })]),
  );
}

async function publishedTypes(): Promise<{ list: string; children: readonly string[] }> {
  const list = await registry.readTag("rancher/pause", "3.1");
  const children = list?.kind === "index" ? list.manifests : [];
  return { list: list?.descriptor.mediaType ?? "", children: children.map(({ mediaType }) => mediaType) };
}

function typesOf(family: Family): { list: string; children: readonly string[] } {
  const { index, manifest } = mediaTypes[family];
  return { list: index, children: [manifest, manifest] };
}

describe("the media types of what is made here", () => {
  test.each([
    ["auto", "docker"],
    ["docker", "docker"],
    ["oci", "oci"],
  ] as const)("with --format %s are of the %s family", async (format, family) => {
    await loadImages(registry.host, archives(), { format });
    expect(await publishedTypes()).toEqual(typesOf(family));
  });

  test("are converted once, for the whole set and with a note, where a registry takes only OCI", async () => {
    registry.faults.push(ociOnly());
    const report = await loadImages(registry.host, archives());
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed, arm64 pushed`]);
    expect(await publishedTypes()).toEqual(typesOf("oci"));
    expect(report.warnings.map(({ text }) => text).join()).toContain("--format oci");
  });

  test("stay Docker's where a registry takes only those", async () => {
    registry.faults.push(dockerOnly());
    const report = await loadImages(registry.host, archives());
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 pushed, arm64 pushed`]);
    expect(await publishedTypes()).toEqual(typesOf("docker"));
  });

  test("are not converted against --format docker", async () => {
    registry.faults.push(ociOnly());
    const report = await loadImages(registry.host, archives(), { format: "docker" });
    expect(summarizeLists(report)).toEqual([`${pause}: amd64 failed, arm64 failed [MEDIA_TYPE_REFUSED]`]);
    expect(await registry.snapshot()).toEqual({});
  });
});

test("a registry without lists gets the per-architecture tags, and the list fails with the reason", async () => {
  registry.faults.push(refuseLists());
  const report = await loadImages(registry.host, archives());
  expect(summarizeLists(report)).toEqual([`${pause}: amd64 failed, arm64 failed [MEDIA_TYPE_REFUSED]`]);
  expect(report.lists[0]?.error?.exitCode).toBe(1);
  expect(report.lists[0]?.error?.message).toContain("3.1-amd64, 3.1-arm64");
  expect((await registry.tags("rancher/pause")).toSorted()).toEqual(["3.1-amd64", "3.1-arm64"]);
});
