import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { expect } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import type { Answer } from "../../helpers/registries/send.ts";
import { type RegistryUnderTest, type Requirement, unknownDigest } from "./requirement.ts";

const octets = { "content-type": "application/octet-stream" };

async function startUpload(registry: RegistryUnderTest): Promise<Answer> {
  const started = await registry.send("POST", "/blobs/uploads/");
  expect(started.status).toBe(202);
  return started;
}

async function expectBlob(registry: RegistryUnderTest, answer: Answer, content: string): Promise<void> {
  expect(answer.status).toBe(201);
  expect((await registry.follow("GET", answer)).text).toBe(content);
}

async function patch(
  registry: RegistryUnderTest,
  previous: Answer,
  content: string,
  range?: string,
): Promise<Answer> {
  const headers = { ...octets, ...(range === undefined ? {} : { "content-range": range }) };
  return registry.follow("PATCH", previous, { headers, body: content });
}

export const pushBlobRequirements: readonly Requirement[] = [
  {
    section: "POST then PUT (end-4a, end-6)",
    title: "a blob goes up in one PUT and can be read where Location says",
    check: async (registry) => {
      const started = await startUpload(registry);
      const done = await registry.follow(
        "PUT",
        started,
        { headers: octets, body: "abc" },
        `digest=${digestOf("abc")}`,
      );
      await expectBlob(registry, done, "abc");
    },
  },
  {
    section: "POST then PUT (end-6)",
    title: "the digest may be percent-encoded",
    check: async (registry) => {
      const query = `digest=${encodeURIComponent(digestOf("abc"))}`;
      const done = await registry.follow(
        "PUT",
        await startUpload(registry),
        { headers: octets, body: "abc" },
        query,
      );
      expect(done.status).toBe(201);
    },
  },
  {
    section: "POST then PUT (end-6)",
    title: "a digest that is not the content's is a 400 with DIGEST_INVALID, and nothing is kept",
    check: async (registry) => {
      const query = `digest=${unknownDigest}`;
      const done = await registry.follow(
        "PUT",
        await startUpload(registry),
        { headers: octets, body: "abc" },
        query,
      );
      expect([done.status, done.codes]).toEqual([400, ["DIGEST_INVALID"]]);
      expect((await registry.send("HEAD", `/blobs/${unknownDigest}`)).status).toBe(404);
      expect((await registry.send("HEAD", `/blobs/${digestOf("abc")}`)).status).toBe(404);
    },
  },
  {
    section: "POST then PUT (end-6)",
    title: "a digest that is malformed or missing is a 400",
    check: async (registry) => {
      for (const query of ["digest=sha256:xyz", ""]) {
        const done = await registry.follow(
          "PUT",
          await startUpload(registry),
          { headers: octets, body: "abc" },
          query,
        );
        expect([done.status, done.codes]).toEqual([400, ["DIGEST_INVALID"]]);
      }
    },
  },
  {
    section: "POST then PUT (end-6)",
    title: "a body without a length is taken",
    check: async (registry) => {
      const body = Readable.from([Buffer.from("ab"), Buffer.from("c")]);
      const query = `digest=${digestOf("abc")}`;
      const done = await registry.follow(
        "PUT",
        await startUpload(registry),
        { headers: octets, body },
        query,
      );
      await expectBlob(registry, done, "abc");
    },
  },
  {
    section: "POST then PUT (end-6)",
    title: "a blob that is there already may be pushed again",
    check: async (registry) => {
      const digests = [await registry.pushBlob("twice"), await registry.pushBlob("twice")];
      expect(digests).toEqual([digestOf("twice"), digestOf("twice")]);
    },
  },
  {
    section: "POST then PUT (end-6)",
    title: "one blob may be pushed many times at once, and into many repositories",
    check: async (registry) => {
      const places = Array.from({ length: 12 }, (_, i) => registry.sibling(`r${i % 3}`));
      const digests = await Promise.all(places.map((place) => place.pushBlob("x".repeat(200_000))));
      expect(new Set(digests).size).toBe(1);
    },
  },
  {
    section: "Single POST (end-4b)",
    title: "a blob may come with the POST",
    notIn28: "answers 202, as the specification allows",
    check: async (registry) => {
      const options = { headers: octets, body: "abc" };
      const done = await registry.send("POST", `/blobs/uploads/?digest=${digestOf("abc")}`, options);
      await expectBlob(registry, done, "abc");
      const wrong = await registry.send("POST", `/blobs/uploads/?digest=${unknownDigest}`, options);
      expect([wrong.status, wrong.codes]).toEqual([400, ["DIGEST_INVALID"]]);
    },
  },
  {
    section: "Pushing a blob in chunks (end-5, end-6)",
    title: "chunks with ranges, the last one with the PUT",
    check: async (registry) => {
      const started = await startUpload(registry);
      const first = await patch(registry, started, "abc", "0-2");
      expect([first.status, first.headers["range"]]).toEqual([202, "0-2"]);
      const second = await patch(registry, first, "def", "3-5");
      expect([second.status, second.headers["range"]]).toEqual([202, "0-5"]);
      const last = { headers: { ...octets, "content-range": "6-8" }, body: "ghi" };
      const done = await registry.follow("PUT", second, last, `digest=${digestOf("abcdefghi")}`);
      await expectBlob(registry, done, "abcdefghi");
    },
  },
  {
    section: "Pushing a blob in chunks (end-5)",
    title: "one PATCH without a range, as docker and skopeo send it, and an empty PUT",
    check: async (registry) => {
      const started = await startUpload(registry);
      const body = Readable.from([Buffer.from("abc"), Buffer.from("def")]);
      const sent = await registry.follow("PATCH", started, { headers: octets, body });
      expect(sent.status).toBe(202);
      const done = await registry.follow("PUT", sent, {}, `digest=${digestOf("abcdef")}`);
      await expectBlob(registry, done, "abcdef");
    },
  },
  {
    section: "Pushing a blob in chunks (end-5)",
    title: "a chunk out of order is a 416 that says where the upload is, and the upload goes on",
    notIn28: "ignores Content-Range (registry.md 5.5)",
    check: async (registry) => {
      const started = await startUpload(registry);
      const first = await patch(registry, started, "abc", "0-2");
      for (const range of ["5-7", "0-2", "2-4"]) {
        const refused = await patch(registry, first, "xyz", range);
        expect([refused.status, refused.headers["range"]]).toEqual([416, "0-2"]);
      }
      const second = await patch(registry, first, "def", "3-5");
      const done = await registry.follow("PUT", second, {}, `digest=${digestOf("abcdef")}`);
      await expectBlob(registry, done, "abcdef");
    },
  },
  {
    section: "Pushing a blob in chunks (end-5)",
    title: "a first chunk that does not begin with 0 is a 416",
    notIn28: "ignores Content-Range (registry.md 5.5)",
    check: async (registry) => {
      expect((await patch(registry, await startUpload(registry), "abc", "1-3")).status).toBe(416);
    },
  },
  {
    section: "Pushing a blob in chunks (end-5)",
    title: "a range of another form or another length than the body is a 400",
    notIn28: "ignores Content-Range (registry.md 5.5)",
    check: async (registry) => {
      for (const range of ["bytes 0-2/3", "0-", "0-5"]) {
        expect((await patch(registry, await startUpload(registry), "abc", range)).status).toBe(400);
      }
    },
  },
  {
    section: "Pushing a blob in chunks (end-13)",
    title: "GET tells how far an upload is",
    check: async (registry) => {
      const started = await startUpload(registry);
      const fresh = await registry.follow("GET", started);
      expect([fresh.status, fresh.headers["range"]]).toEqual([204, "0-0"]);
      const sent = await patch(registry, started, "abcd", "0-3");
      const status = await registry.follow("GET", sent);
      expect([status.status, status.headers["range"]]).toEqual([204, "0-3"]);
      expect(status.headers["location"]).toBeTruthy();
    },
  },
  {
    section: "Cancel a blob upload (end-14)",
    title: "DELETE gives up an upload, which is unknown from then on",
    check: async (registry) => {
      const started = await startUpload(registry);
      expect((await registry.follow("DELETE", started)).status).toBe(204);
      expect((await registry.follow("GET", started)).status).toBe(404);
      expect((await patch(registry, started, "abc")).status).toBe(404);
    },
  },
  {
    section: "Pushing blobs (end-5, end-6)",
    title: "an upload that is not there, or is another repository's, is a 404 with BLOB_UPLOAD_UNKNOWN",
    notIn28: "answers BLOB_UPLOAD_INVALID",
    check: async (registry) => {
      const started = await startUpload(registry);
      const id = started.headers["location"]?.split("/").at(-1) ?? "";
      for (const place of [registry.sibling("other"), registry]) {
        const path = `/blobs/uploads/${place === registry ? "00000000-0000-0000-0000-000000000000" : id}`;
        const answer = await place.send("PATCH", path, { headers: octets, body: "abc" });
        expect([answer.status, answer.codes]).toEqual([404, ["BLOB_UPLOAD_UNKNOWN"]]);
      }
    },
  },
  {
    section: "Mounting a blob (end-11)",
    title: "a blob that another repository owns is mounted",
    check: async (registry) => {
      const digest = await registry.pushBlob("mount me");
      const other = registry.sibling("other");
      const mounted = await other.send("POST", `/blobs/uploads/?mount=${digest}&from=${registry.name}`);
      await expectBlob(other, mounted, "mount me");
    },
  },
  {
    section: "Mounting a blob (end-11)",
    title: "a blob that cannot be mounted begins an upload",
    check: async (registry) => {
      const digest = digestOf(`mount me from ${registry.name}`);
      for (const query of [
        `mount=${digest}&from=${registry.name}`,
        `mount=${digest}`,
        `mount=${digest}&from=NO`,
      ]) {
        const started = await registry.sibling("other").send("POST", `/blobs/uploads/?${query}`);
        expect(started.status).toBe(202);
        expect(started.headers["location"]).toBeTruthy();
      }
    },
  },
  {
    section: "Pushing blobs (image-spec, descriptor.md#sha-512)",
    title: "sha512 is a digest, too",
    notIn28: "knows sha512, but keeps the content under sha256 as well; not compared",
    check: async (registry) => {
      const digest = `sha512:${createHash("sha512").update("abc").digest("hex")}`;
      const started = await startUpload(registry);
      const done = await registry.follow(
        "PUT",
        started,
        { headers: octets, body: "abc" },
        `digest=${digest}`,
      );
      await expectBlob(registry, done, "abc");
      expect((await registry.send("HEAD", `/blobs/${digest}`)).headers["docker-content-digest"]).toBe(digest);
    },
  },
];
