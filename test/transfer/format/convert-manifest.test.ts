import { describe, expect, test } from "vitest";
import { convertIndex, convertManifest } from "../../../src/transfer/format/convert-manifest.ts";
import { convertGraph } from "../../../src/transfer/format/convert-graph.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest, type Manifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { buildArtifact } from "../../helpers/archives/source-image.ts";

const { docker, oci } = mediaTypes;
const dockerForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const ociForeign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";

function blob(mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(mediaType.slice(-4)), size: 4 };
}

function image(family: "docker" | "oci", ...layers: readonly string[]): Manifest {
  return buildManifest(family, blob(mediaTypes[family].config), layers.map(blob));
}

describe("an image's manifest", () => {
  test("gets the other family's types over the same blobs, and comes back to the same bytes", () => {
    const given = image("docker", docker.layerGzip, docker.layer, docker.layerZstd, dockerForeign);
    const converted = convertManifest(given, "oci");
    expect(converted?.descriptor.mediaType).toBe(oci.manifest);
    expect(converted?.config.mediaType).toBe(oci.config);
    expect(converted?.layers.map(({ mediaType }) => mediaType)).toEqual([
      oci.layerGzip,
      oci.layer,
      oci.layerZstd,
      ociForeign,
    ]);
    expect(converted?.layers.map(({ digest }) => digest)).toEqual(given.layers.map(({ digest }) => digest));
    expect(converted && convertManifest(converted, "docker")?.descriptor).toEqual(given.descriptor);
  });

  test("stays as it is where it is of the family", () => {
    const given = image("oci", oci.layerGzip);
    expect(convertManifest(given, "oci")).toBe(given);
  });

  test("has no form in Docker's types with an encrypted layer, a subject, or as an artifact", () => {
    const { manifest: artifact } = buildArtifact("statement");
    const subject = { ...image("oci", oci.layerGzip), subject: artifact.descriptor };
    const given = [image("oci", `${oci.layerGzip}+encrypted`), subject, artifact];
    expect(given.map((manifest) => convertManifest(manifest, "docker"))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a list", () => {
  const child = image("oci", oci.layerGzip);
  const { manifest: attestation } = buildArtifact("statement");
  const platform = parsePlatform("linux/arm64");
  const attesting = new Map([
    ["vnd.docker.reference.type", "attestation-manifest"],
    ["vnd.docker.reference.digest", child.descriptor.digest],
  ]);
  const list = buildIndex("oci", [
    { ...child.descriptor, platform, annotations: new Map([["made", "by hand"]]) },
    { ...attestation.descriptor, annotations: attesting },
  ]);
  const fetch = async (): Promise<Manifest> => child;

  test("keeps platforms, and leaves behind what Docker's lists have no word for", async () => {
    const { root, changed, leftBehind } = await convertGraph(list, "docker", fetch);
    const converted = convertManifest(child, "docker");
    expect(JSON.parse(Buffer.from(root.bytes).toString())).toEqual({
      schemaVersion: 2,
      mediaType: docker.index,
      manifests: [{ ...converted?.descriptor, platform: { os: "linux", architecture: "arm64" } }],
    });
    expect([changed.size, leftBehind]).toEqual([2, 1]);
  });

  test("stays byte for byte where all of it is of the family, attestations included", async () => {
    const { root, changed } = await convertGraph(list, "oci", fetch);
    expect([root, changed.size]).toEqual([list, 0]);
  });

  test("stays as it is where one part of it has no form in the family", async () => {
    const mixed = buildIndex("oci", [child.descriptor, attestation.descriptor]);
    const parts = new Map([child, attestation].map((part) => [part.descriptor.digest, part]));
    const { root, changed } = await convertGraph(mixed, "docker", async ({ digest }) => parts.get(digest));
    expect([root, changed.size]).toEqual([mixed, 0]);
  });

  test("keeps its annotations in OCI's types", () => {
    const annotated = buildIndex(
      "oci",
      [child.descriptor],
      new Map([["org.opencontainers.image.version", "1"]]),
    );
    const converted = convertIndex(annotated, "oci", (entry) => ({ ...entry, digest: digestOf("other") }));
    expect(Buffer.from(converted.bytes).toString()).toContain(
      '"annotations":{"org.opencontainers.image.version":"1"}',
    );
  });
});
