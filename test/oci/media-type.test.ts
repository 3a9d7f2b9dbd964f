import { expect, test } from "vitest";
import {
  familyOf,
  isForeignLayerType,
  isIndexType,
  isManifestType,
  layerMediaType,
  mediaTypes,
  stripMediaTypeParameters,
} from "../../src/oci/media-type.ts";

test.each([
  { family: "docker", compression: "gzip", type: "application/vnd.docker.image.rootfs.diff.tar.gzip" },
  { family: "docker", compression: "none", type: "application/vnd.docker.image.rootfs.diff.tar" },
  { family: "docker", compression: "zstd", type: "application/vnd.docker.image.rootfs.diff.tar.zstd" },
  { family: "oci", compression: "gzip", type: "application/vnd.oci.image.layer.v1.tar+gzip" },
  { family: "oci", compression: "none", type: "application/vnd.oci.image.layer.v1.tar" },
  { family: "oci", compression: "zstd", type: "application/vnd.oci.image.layer.v1.tar+zstd" },
] as const)("a $compression layer of the $family family", ({ family, compression, type }) => {
  expect(layerMediaType(family, compression)).toBe(type);
  expect(familyOf(type)).toBe(family);
});

test("each family's index is an index and its manifest a manifest", () => {
  for (const family of ["docker", "oci"] as const) {
    const { index, manifest, config } = mediaTypes[family];
    expect([index, manifest, config].map(isIndexType)).toEqual([true, false, false]);
    expect([index, manifest, config].map(isManifestType)).toEqual([false, true, false]);
    expect([index, manifest, config].map(familyOf)).toEqual([family, family, family]);
  }
});

test.each([
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", true],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", true],
  ["application/vnd.oci.image.layer.v1.tar+gzip", false],
])("%s is foreign: %s", (type, foreign) => {
  expect(isForeignLayerType(type)).toBe(foreign);
});

test.each([
  ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.index.v1+json"],
  ["application/vnd.oci.image.index.v1+json; charset=utf-8", "application/vnd.oci.image.index.v1+json"],
  [" Application/JSON ;x=y", "application/json"],
  ["", ""],
])("a Content-Type of %j names %j", (header, type) => {
  expect(stripMediaTypeParameters(header)).toBe(type);
});
