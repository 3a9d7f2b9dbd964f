import { expect } from "vitest";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest } from "../../../src/oci/manifest.ts";
import { type Family, mediaTypes } from "../../../src/oci/media-type.ts";
import { indexOf, pushImageBlobs } from "../../helpers/registries/push-raw.ts";
import { type Requirement, unknownDigest } from "./requirement.ts";

const missing = { digest: unknownDigest, size: 3 };

function describeBlob(content: string, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}

function listRequirements(family: Family): readonly Requirement[] {
  return [
    {
      section: "Pushing manifests (end-7, image-spec, image-index.md)",
      title: `a list of the ${family} family goes up after its children and comes back`,
      check: async (registry) => {
        const manifest = await pushImageBlobs(registry.url, registry.name, family, family);
        expect((await registry.putManifest("v1-arm64", manifest)).status).toBe(201);
        const index = indexOf([manifest], family);
        expect((await registry.putManifest("v1", index)).status).toBe(201);
        expect((await registry.getManifest("v1")).bytes).toEqual(Buffer.from(index.bytes));
      },
    },
    {
      section: "Push, MANIFEST_BLOB_UNKNOWN",
      title: `a list of the ${family} family whose child is not there is refused`,
      check: async (registry) => {
        const child = { ...missing, mediaType: mediaTypes[family].manifest };
        const answer = await registry.putManifest("v1", buildIndex(family, [child]));
        expect([answer.status, answer.codes]).toEqual([400, ["MANIFEST_BLOB_UNKNOWN"]]);
      },
    },
  ];
}

export const pushManifestRequirements: readonly Requirement[] = [
  {
    section: "Pushing manifests (end-7)",
    title: "201 with a Location and the digest, by tag and by digest",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      for (const reference of ["v1", manifest.descriptor.digest]) {
        const answer = await registry.putManifest(reference, manifest);
        expect([answer.status, answer.headers["docker-content-digest"]]).toEqual([
          201,
          manifest.descriptor.digest,
        ]);
        const accept = manifest.descriptor.mediaType;
        const read = await registry.follow("GET", answer, { headers: { accept } });
        expect(digestOf(read.bytes)).toBe(manifest.descriptor.digest);
      }
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a digest that is not the manifest's is a 400 with DIGEST_INVALID",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const answer = await registry.putManifest(unknownDigest, manifest);
      expect([answer.status, answer.codes]).toEqual([400, ["DIGEST_INVALID"]]);
    },
  },
  {
    section: "Push, MANIFEST_BLOB_UNKNOWN",
    title: "a manifest that names a blob which is not there is refused, and the tag is not made",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const layer = { ...missing, mediaType: mediaTypes.oci.layerGzip };
      const answer = await registry.putManifest("v1", buildManifest("oci", manifest.config, [layer]));
      expect([answer.status, answer.codes]).toEqual([400, ["MANIFEST_BLOB_UNKNOWN"]]);
      expect((await registry.getManifest("v1")).status).toBe(404);
    },
  },
  {
    section: "Push, MANIFEST_BLOB_UNKNOWN",
    title: "a blob of another repository does not count",
    check: async (registry) => {
      const other = await pushImageBlobs(registry.url, `${registry.name}/other`, "1");
      expect((await registry.putManifest("v1", other)).status).toBe(400);
    },
  },
  ...listRequirements("oci"),
  ...listRequirements("docker"),
  {
    section: "Pushing manifests (end-7, image-spec, image-index.md)",
    title: "an index may hold an index, and a child of the other family",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1", "docker");
      await registry.putManifest(manifest.descriptor.digest, manifest);
      const inner = indexOf([manifest]);
      expect((await registry.putManifest(inner.descriptor.digest, inner)).status).toBe(201);
      expect((await registry.putManifest("v1", buildIndex("oci", [inner.descriptor]))).status).toBe(201);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "an index may hold blobs, as BuildKit's cache does, and needs them",
    notIn28: "looks for a manifest behind every entry",
    check: async (registry) => {
      const cache = buildIndex("oci", [
        describeBlob("layer", mediaTypes.oci.layerGzip),
        describeBlob("{}", "application/vnd.buildkit.cacheconfig.v0"),
      ]);
      expect((await registry.putManifest("cache", cache)).status).toBe(400);
      for (const content of ["layer", "{}"]) await registry.pushBlob(content);
      expect((await registry.putManifest("cache", cache)).status).toBe(201);
      expect((await registry.getManifest("cache")).text).toBe(Buffer.from(cache.bytes).toString());
    },
  },
  {
    section: "Pushing manifests, SIZE_INVALID",
    title: "a size that is not the content's is refused",
    notIn28: "takes it (registry.md, appendix A)",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const config = { ...manifest.config, size: 1 };
      const answer = await registry.putManifest("v1", buildManifest("oci", config, manifest.layers));
      expect([answer.status, answer.codes]).toEqual([400, ["SIZE_INVALID"]]);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a Content-Type that is not the manifest's mediaType is refused",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const headers = { "content-type": mediaTypes.docker.manifest };
      const answer = await registry.send("PUT", "/manifests/v1", { headers, body: manifest.bytes });
      expect([answer.status, answer.codes]).toEqual([400, ["MANIFEST_INVALID"]]);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "parameters of the Content-Type are ignored",
    notIn28: "answers 400",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const headers = { "content-type": `${manifest.descriptor.mediaType}; charset=utf-8` };
      const answer = await registry.send("PUT", "/manifests/v1", { headers, body: manifest.bytes });
      expect(answer.status).toBe(201);
      expect((await registry.getManifest("v1")).headers["content-type"]).toBe(manifest.descriptor.mediaType);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "what is no manifest is a 400 with MANIFEST_INVALID",
    notIn28: "has other codes for some of these",
    check: async (registry) => {
      const headers = { "content-type": mediaTypes.oci.manifest };
      for (const body of ["nonsense", "[]", '{"schemaVersion":2}']) {
        const answer = await registry.send("PUT", "/manifests/v1", { headers, body });
        expect([answer.status, answer.codes]).toEqual([400, ["MANIFEST_INVALID"]]);
      }
    },
  },
  {
    section: "Pushing manifests (end-7, CVE-2021-41190)",
    title: "a document that is a manifest and an index at once is refused",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const document = { ...(JSON.parse(Buffer.from(manifest.bytes).toString()) as object), manifests: [] };
      const headers = { "content-type": manifest.descriptor.mediaType };
      const answer = await registry.send("PUT", "/manifests/v1", { headers, body: JSON.stringify(document) });
      expect([answer.status, answer.codes]).toEqual([400, ["MANIFEST_INVALID"]]);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "more than 4 MiB is a 413, and 4 MiB are not",
    notIn28: "answers 400 MANIFEST_INVALID",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const headers = { "content-type": manifest.descriptor.mediaType };
      for (const [size, status] of [
        [4 * 2 ** 20, 201],
        [4 * 2 ** 20 + 1, 413],
      ] as const) {
        const body = Buffer.from(manifest.bytes).toString().padEnd(size, " ");
        expect((await registry.send("PUT", "/manifests/v1", { headers, body })).status).toBe(status);
      }
    },
  },
  {
    section: "Pushing manifests with a subject",
    title: "a subject that is not there is accepted, and OCI-Subject names it",
    notIn28: "came with version 1.1",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1");
      const subject = { ...missing, mediaType: mediaTypes.oci.manifest };
      const document = { ...(JSON.parse(Buffer.from(manifest.bytes).toString()) as object), subject };
      const headers = { "content-type": manifest.descriptor.mediaType };
      const answer = await registry.send("PUT", "/manifests/v1", { headers, body: JSON.stringify(document) });
      expect([answer.status, answer.headers["oci-subject"]]).toEqual([201, missing.digest]);
    },
  },
  {
    section: "Pushing manifests (image-spec, layer.md#non-distributable-layers)",
    title: "a layer that lives elsewhere need not be there",
    notIn28: "takes it only where its settings allow the URL",
    check: async (registry) => {
      const manifest = await pushImageBlobs(registry.url, registry.name, "1", "docker");
      const layer = {
        ...missing,
        mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        urls: ["https://example.com/layer"],
      };
      expect(
        (await registry.putManifest("v1", buildManifest("docker", manifest.config, [layer]))).status,
      ).toBe(201);
    },
  },
];
