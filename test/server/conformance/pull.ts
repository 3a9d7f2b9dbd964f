import { expect } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { send } from "../../helpers/registries/send.ts";
import { type Requirement, unknownDigest } from "./requirement.ts";

const content = "0123456789".repeat(100);

function rangeRequirement(range: string, status: number, expected: string | undefined): Requirement {
  return {
    section: "Pulling blobs (end-2, RFC 9110 14.2)",
    title: `Range "${range}" of 1000 bytes is answered ${status}`,
    check: async (registry) => {
      const digest = await registry.pushBlob(content);
      const answer = await registry.send("GET", `/blobs/${digest}`, { headers: { range } });
      expect(answer.status).toBe(status);
      if (expected === undefined) return;
      expect(answer.text).toBe(expected);
      expect(answer.headers["content-length"]).toBe(String(expected.length));
    },
  };
}

export const pullRequirements: readonly Requirement[] = [
  {
    section: "Determining support (end-1)",
    title: "GET /v2/ is answered 200",
    check: async ({ url }) => expect((await send("GET", `${url}/v2/`)).status).toBe(200),
  },
  {
    section: "Pulling manifests (end-3)",
    title: "a manifest comes back byte for byte, by tag and by digest, with its type and digest",
    check: async (registry) => {
      const manifest = await registry.pushImage("v1");
      for (const reference of ["v1", manifest.descriptor.digest]) {
        const answer = await registry.getManifest(reference);
        expect(answer.status).toBe(200);
        expect(answer.bytes).toEqual(Buffer.from(manifest.bytes));
        expect(answer.headers["content-type"]).toBe(manifest.descriptor.mediaType);
        expect(answer.headers["docker-content-digest"]).toBe(manifest.descriptor.digest);
      }
    },
  },
  {
    section: "Pulling manifests (end-3)",
    title: "a manifest that is not there is a 404 with MANIFEST_UNKNOWN",
    check: async (registry) => {
      await registry.pushImage("v1");
      for (const reference of ["v2", unknownDigest]) {
        const answer = await registry.getManifest(reference);
        expect([answer.status, answer.codes]).toEqual([404, ["MANIFEST_UNKNOWN"]]);
      }
    },
  },
  {
    section: "Pulling manifests (end-3)",
    title: "what cannot be a tag is a 404 as well",
    check: async (registry) => {
      await registry.pushImage("v1");
      for (const method of ["GET", "HEAD"]) {
        expect((await registry.getManifest(".INVALID_MANIFEST_NAME", method)).status).toBe(404);
      }
    },
  },
  {
    section: "Pulling blobs (end-2)",
    title: "a blob comes back with its digest and length",
    check: async (registry) => {
      const digest = await registry.pushBlob(content);
      const answer = await registry.send("GET", `/blobs/${digest}`);
      expect([answer.status, answer.text]).toEqual([200, content]);
      expect(answer.headers["docker-content-digest"]).toBe(digest);
      expect(answer.headers["content-length"]).toBe(String(content.length));
    },
  },
  {
    section: "Pulling blobs (end-2)",
    title: "a blob that is not there is a 404 with BLOB_UNKNOWN, also when another repository has it",
    check: async (registry) => {
      const digest = await registry.pushBlob(`${content} of ${registry.name}`);
      const other = registry.sibling("other");
      await other.pushImage("v1");
      for (const [place, wanted] of [
        [registry, unknownDigest],
        [other, digest],
      ] as const) {
        const answer = await place.send("GET", `/blobs/${wanted}`);
        expect([answer.status, answer.codes]).toEqual([404, ["BLOB_UNKNOWN"]]);
      }
    },
  },
  {
    section: "Pulling blobs (end-2)",
    title: "an empty blob is a blob",
    check: async (registry) => {
      const digest = await registry.pushBlob("");
      const answer = await registry.send("GET", `/blobs/${digest}`);
      expect([answer.status, answer.headers["content-length"], answer.text]).toEqual([200, "0", ""]);
    },
  },
  rangeRequirement("bytes=0-9", 206, "0123456789"),
  rangeRequirement("bytes=995-", 206, "56789"),
  rangeRequirement("bytes=990-5000", 206, "0123456789"),
  rangeRequirement("bytes=-5", 206, "56789"),
  {
    ...rangeRequirement("bytes=1000-", 416, undefined),
    notIn28: "answers 416 with the blob's Content-Length and a shorter body",
  },
  {
    ...rangeRequirement("bytes=9-0", 200, content),
    notIn28: "answers 416; RFC 9110 lets a server ignore a header that it cannot read",
  },
  {
    ...rangeRequirement("lines=1-2", 200, content),
    notIn28: "answers 416; RFC 9110 has units that are not known ignored",
  },
  {
    section: "Pulling blobs (end-2, RFC 9110 13)",
    title: "a client that has the content already is told so",
    check: async (registry) => {
      const digest = await registry.pushBlob(content);
      const first = await registry.send("GET", `/blobs/${digest}`);
      const headers = { "if-none-match": first.headers["etag"] ?? "" };
      expect((await registry.send("GET", `/blobs/${digest}`, { headers })).status).toBe(304);
      const manifest = await registry.pushImage("v1");
      const known = { "if-none-match": `"${manifest.descriptor.digest}"` };
      expect((await registry.getManifest("v1", "GET", known)).status).toBe(304);
    },
  },
  {
    section: "Checking if content exists (end-2, end-3)",
    title: "HEAD gives length and digest, and 404 for what is not there",
    check: async (registry) => {
      const manifest = await registry.pushImage("v1");
      const found = [
        await registry.send("HEAD", `/blobs/${manifest.config.digest}`),
        await registry.getManifest("v1", "HEAD"),
      ];
      expect(found.map((answer) => [answer.status, answer.headers["docker-content-digest"]])).toEqual([
        [200, manifest.config.digest],
        [200, manifest.descriptor.digest],
      ]);
      expect(found.map((answer) => Number(answer.headers["content-length"]))).toEqual([
        manifest.config.size,
        manifest.descriptor.size,
      ]);
      expect((await registry.send("HEAD", `/blobs/${unknownDigest}`)).status).toBe(404);
      expect((await registry.getManifest("v2", "HEAD")).status).toBe(404);
    },
  },
  {
    section: "Pulling manifests (end-3)",
    title: "the most recent manifest is what a tag means",
    check: async (registry) => {
      const first = await registry.pushImage("v1", "first");
      const second = await registry.pushImage("v1", "second");
      expect(digestOf((await registry.getManifest("v1")).bytes)).toBe(second.descriptor.digest);
      expect((await registry.getManifest(first.descriptor.digest)).status).toBe(200);
    },
  },
];
