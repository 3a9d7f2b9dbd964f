import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DirectoryStorage } from "../../src/storage/directory/directory-storage.ts";
import { missingDockerRegistry, startDockerRegistry } from "../helpers/registries/docker-registry.ts";
import { startTestRegistry } from "../helpers/registries/test-registry.ts";
import { discoveryRequirements } from "./conformance/discovery.ts";
import { managementRequirements } from "./conformance/management.ts";
import { pullRequirements } from "./conformance/pull.ts";
import { pushBlobRequirements } from "./conformance/push-blobs.ts";
import { pushManifestRequirements } from "./conformance/push-manifests.ts";
import { RegistryUnderTest, type Requirement } from "./conformance/requirement.ts";

interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

interface Target {
  readonly name: string;
  readonly requirements: readonly Requirement[];
  start(): Promise<Running>;
}

const requirements = [
  ...pullRequirements,
  ...pushBlobRequirements,
  ...pushManifestRequirements,
  ...discoveryRequirements,
  ...managementRequirements,
];

const targets: readonly Target[] = [
  { name: "memory", requirements, start: () => startOver() },
  { name: "a directory", requirements, start: startDirectoryRegistry },
  {
    name: "Debian's docker-registry",
    requirements: requirements.filter(
      ({ notIn28 }) => notIn28 === undefined && missingDockerRegistry === undefined,
    ),
    start: () => startDockerRegistry(),
  },
];

async function startOver(storage?: DirectoryStorage): Promise<Running> {
  const registry = await startTestRegistry(storage ? { storage } : {});
  return {
    url: registry.url,
    stop: async () => {
      await registry.stop();
      expect(registry.failures).toEqual([]);
    },
  };
}

async function startDirectoryRegistry(): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "airgap-load-conformance-"));
  const storage = await DirectoryStorage.open(folder);
  const running = await startOver(storage);
  return {
    url: running.url,
    stop: async () => {
      await running.stop();
      await storage[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

describe.each(targets.filter((target) => target.requirements.length))("$name", (target) => {
  let running: Running;
  let counter = 0;
  beforeAll(async () => {
    running = await target.start();
  });
  afterAll(async () => running.stop());

  for (const { section, title, check } of target.requirements) {
    test(`${section}: ${title}`, async () => {
      expect.hasAssertions();
      await check(new RegistryUnderTest(running.url, `conformance/r${counter++}`));
    });
  }
});
