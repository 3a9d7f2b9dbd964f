import { expect } from "vitest";
import type { Manifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { pushImageBlobs } from "../../helpers/registries/push-raw.ts";
import { send } from "../../helpers/registries/send.ts";
import { type RegistryUnderTest, type Requirement, unknownDigest } from "./requirement.ts";

const came11 = "the referrers API came with version 1.1";

async function listTags(registry: RegistryUnderTest, query = ""): Promise<unknown> {
  const answer = await registry.send("GET", `/tags/list${query}`);
  expect(answer.status).toBe(200);
  return (JSON.parse(answer.text) as { tags: unknown }).tags;
}

async function pushTags(registry: RegistryUnderTest, ...tags: string[]): Promise<void> {
  const manifest = await pushImageBlobs(registry.url, registry.name, "tags");
  for (const tag of tags) expect((await registry.putManifest(tag, manifest)).status).toBe(201);
}

interface Attachment {
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
}

/** Pushes a copy of an image that refers to a subject. */
async function attach(registry: RegistryUnderTest, subject: Manifest, more: Attachment): Promise<void> {
  const { mediaType, digest, size } = subject.descriptor;
  const document = { ...(JSON.parse(Buffer.from(subject.bytes).toString()) as object), ...more };
  const body = JSON.stringify({ ...document, subject: { mediaType, digest, size } });
  const headers = { "content-type": mediaType };
  const answer = await registry.send("PUT", `/manifests/att-${more.artifactType?.length ?? 0}`, {
    headers,
    body,
  });
  expect(answer.status).toBe(201);
}

interface Referrers {
  readonly mediaType: string;
  readonly manifests: readonly { artifactType?: string; annotations?: Record<string, string> }[];
}

export const discoveryRequirements: readonly Requirement[] = [
  {
    section: "Listing tags (end-8a)",
    title: "all tags in order",
    notIn28: "gives them in no order that it promises",
    check: async (registry) => {
      await pushTags(registry, "v2", "latest", "v10", "v1");
      const answer = await registry.send("GET", "/tags/list");
      expect(JSON.parse(answer.text)).toEqual({ name: registry.name, tags: ["latest", "v1", "v10", "v2"] });
    },
  },
  {
    section: "Listing tags (end-8a)",
    title: "a repository that is not there is a 404 with NAME_UNKNOWN",
    check: async (registry) => {
      const answer = await registry.send("GET", "/tags/list");
      expect([answer.status, answer.codes]).toEqual([404, ["NAME_UNKNOWN"]]);
    },
  },
  {
    section: "Listing tags (end-8b)",
    title: "n and last give pages, and Link the next one until there is none",
    notIn28: "has no pages of tags",
    check: async (registry) => {
      await pushTags(registry, "a", "b", "c", "d", "e");
      expect(await listTags(registry, "?n=2")).toEqual(["a", "b"]);
      expect(await listTags(registry, "?n=2&last=b")).toEqual(["c", "d"]);
      expect(await listTags(registry, "?last=bb")).toEqual(["c", "d", "e"]);
      expect(await listTags(registry, "?n=0")).toEqual([]);
      const seen: unknown[] = [];
      let path: string | undefined = `/v2/${registry.name}/tags/list?n=2`;
      while (path !== undefined) {
        const answer = await send("GET", registry.url + path);
        seen.push(...(JSON.parse(answer.text) as { tags: unknown[] }).tags);
        path = /^<([^>]+)>; rel="next"$/.exec(answer.headers["link"] ?? "")?.[1];
      }
      expect(seen).toEqual(["a", "b", "c", "d", "e"]);
    },
  },
  {
    section: "Catalog (distribution, spec/api.md)",
    title: "repositories are listed, with pages",
    check: async (registry) => {
      for (const suffix of ["a", "b"]) await registry.sibling(suffix).pushImage("v1");
      const last = encodeURIComponent(`${registry.name}/`);
      const answer = await send("GET", `${registry.url}/v2/_catalog?n=1&last=${last}`);
      expect(JSON.parse(answer.text)).toEqual({ repositories: [`${registry.name}/a`] });
      expect(answer.headers["link"]).toContain('rel="next"');
    },
  },
  {
    section: "Listing referrers (end-12a)",
    title: "no referrers are an empty index, never a 404",
    notIn28: came11,
    check: async (registry) => {
      const answer = await registry.send("GET", `/referrers/${unknownDigest}`);
      expect([answer.status, answer.headers["content-type"]]).toEqual([200, mediaTypes.oci.index]);
      expect((JSON.parse(answer.text) as Referrers).manifests).toEqual([]);
      expect((await registry.send("GET", "/referrers/sha256:xyz")).status).toBe(400);
    },
  },
  {
    section: "Listing referrers (end-12a)",
    title: "referrers come with their type, or their config's, and their annotations",
    notIn28: came11,
    check: async (registry) => {
      const subject = await registry.pushImage("v1");
      await attach(registry, subject, { artifactType: "application/x.sbom", annotations: { a: "1" } });
      await attach(registry, subject, { annotations: { b: "2" } });
      const answer = await registry.send("GET", `/referrers/${subject.descriptor.digest}`);
      const found = (JSON.parse(answer.text) as Referrers).manifests;
      expect(new Map(found.map((referrer) => [referrer.artifactType, referrer.annotations]))).toEqual(
        new Map([
          ["application/x.sbom", { a: "1" }],
          [mediaTypes.oci.config, { b: "2" }],
        ]),
      );
    },
  },
  {
    section: "Listing referrers (end-12b)",
    title: "artifactType filters, and OCI-Filters-Applied says so",
    notIn28: came11,
    check: async (registry) => {
      const subject = await registry.pushImage("v1");
      for (const artifactType of ["application/x.sbom", "application/x.signature"]) {
        await attach(registry, subject, { artifactType });
      }
      const query = `?artifactType=${encodeURIComponent("application/x.sbom")}`;
      const answer = await registry.send("GET", `/referrers/${subject.descriptor.digest}${query}`);
      expect(answer.headers["oci-filters-applied"]).toBe("artifactType");
      const found = (JSON.parse(answer.text) as Referrers).manifests;
      expect(found.map((referrer) => referrer.artifactType)).toEqual(["application/x.sbom"]);
    },
  },
];
