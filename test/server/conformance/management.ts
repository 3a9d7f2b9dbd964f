import { expect } from "vitest";
import { send } from "../../helpers/registries/send.ts";
import { type Requirement, unknownDigest } from "./requirement.ts";

export const managementRequirements: readonly Requirement[] = [
  {
    section: "Deleting tags (end-9)",
    title: "a tag goes, its manifest and its other tags stay",
    notIn28: "deletes by digest alone",
    check: async (registry) => {
      const manifest = await registry.pushImage("v1");
      await registry.putManifest("v2", manifest);
      expect((await registry.send("DELETE", "/manifests/v1")).status).toBe(202);
      expect((await registry.getManifest("v1")).status).toBe(404);
      expect((await registry.getManifest("v2")).status).toBe(200);
      expect((await registry.getManifest(manifest.descriptor.digest)).status).toBe(200);
      expect((await registry.send("DELETE", "/manifests/v1")).status).toBe(404);
    },
  },
  {
    section: "Listing tags (end-8a)",
    title: "a repository that was emptied has no tags, and is there",
    notIn28: "deletes by digest alone",
    check: async (registry) => {
      const manifest = await registry.pushImage("v1");
      expect((await registry.send("DELETE", `/manifests/${manifest.descriptor.digest}`)).status).toBe(202);
      const answer = await registry.send("GET", "/tags/list");
      expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { name: registry.name, tags: [] }]);
    },
  },
  {
    section: "Deleting manifests (end-9)",
    title: "a manifest goes with every tag on it",
    check: async (registry) => {
      const manifest = await registry.pushImage("v1");
      await registry.putManifest("v2", manifest);
      const other = await registry.pushImage("v3");
      expect((await registry.send("DELETE", `/manifests/${manifest.descriptor.digest}`)).status).toBe(202);
      for (const reference of ["v1", "v2", manifest.descriptor.digest]) {
        expect((await registry.getManifest(reference)).status).toBe(404);
      }
      expect((await registry.getManifest(other.descriptor.digest)).status).toBe(200);
      expect((await registry.send("DELETE", `/manifests/${unknownDigest}`)).status).toBe(404);
    },
  },
  {
    section: "Deleting blobs (end-10)",
    title: "a blob goes from its repository and stays in others",
    check: async (registry) => {
      const other = registry.sibling("other");
      const digest = await registry.pushBlob("delete me");
      await other.pushBlob("delete me");
      expect((await registry.send("DELETE", `/blobs/${digest}`)).status).toBe(202);
      expect((await registry.send("GET", `/blobs/${digest}`)).status).toBe(404);
      expect((await other.send("GET", `/blobs/${digest}`)).text).toBe("delete me");
      expect((await registry.send("DELETE", `/blobs/${unknownDigest}`)).status).toBe(404);
    },
  },
  {
    section: "Error codes",
    title: "a name that is not valid is refused",
    notIn28: "redirects to a path without its odd parts",
    check: async ({ url }) => {
      for (const name of [
        "UPPER",
        "a//b",
        "a/../b",
        "-a",
        "a/_blobs",
        "%2e%2e/%2e%2e/etc",
        "a%00b",
        "x".repeat(256),
      ]) {
        const { status } = await send("GET", `${url}/v2/${name}/manifests/v1`);
        expect({ name, refused: status === 400 || status === 404 }).toEqual({ name, refused: true });
      }
    },
  },
  {
    section: "Error codes",
    title: "errors are JSON with a code and a message",
    check: async (registry) => {
      const answer = await registry.getManifest("v1");
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
      const { errors } = JSON.parse(answer.text) as { errors: readonly { code: string; message: string }[] };
      expect(errors[0]?.code).toMatch(/^[A-Z_]+$/);
      expect(errors[0]?.message).toBeTruthy();
    },
  },
  {
    section: "Endpoints",
    title: "a method that a path does not have is a 405",
    check: async (registry) => {
      for (const [method, path] of [
        ["POST", "/tags/list"],
        ["PUT", `/blobs/${unknownDigest}`],
        ["PATCH", "/manifests/v1"],
      ] as const) {
        expect((await registry.send(method, path)).status).toBe(405);
      }
    },
  },
];
