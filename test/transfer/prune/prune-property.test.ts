import { describe, expect, onTestFinished, test } from "vitest";
import type { Digest } from "../../../src/oci/digest.ts";
import { ownBlobs } from "../../../src/oci/manifest.ts";
import { createRegistryStore } from "../../../src/registry/registry-store.ts";
import type { ContentStorage } from "../../../src/storage/content-storage.ts";
import type { Selection } from "../../../src/transfer/prune/plan-removal.ts";
import type { TidiedRepository } from "../../../src/transfer/prune/removal.ts";
import { tidyRepositories } from "../../../src/transfer/prune/tidy-repositories.ts";
import * as faults from "../../helpers/registries/registry-faults.ts";
import {
  createRandom,
  fillRepository,
  needsOf,
  type RandomRepository,
} from "../../helpers/registries/random-repository.ts";
import { startTestRegistry, type TestRegistry } from "../../helpers/registries/test-registry.ts";

const name = "team/app";
const seeds = Array.from({ length: 15 }, (_, seed) => seed);

interface Kind {
  readonly title: string;
  readonly listsReferrers: boolean;
  readonly deletesTags: "alone" | "never" | "with their manifests";
}

const kinds: readonly Kind[] = [
  { title: "a registry of today", listsReferrers: true, deletesTags: "alone" },
  {
    title: "one that deletes by digest only, without referrers",
    listsReferrers: false,
    deletesTags: "never",
  },
  {
    title: "one that deletes a tag's manifest with it",
    listsReferrers: true,
    deletesTags: "with their manifests",
  },
];

async function start({ listsReferrers, deletesTags }: Kind): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  onTestFinished(() => registry.stop());
  if (!listsReferrers) registry.faults.push(faults.withoutReferrers());
  if (deletesTags === "never") registry.faults.push(faults.deleteByDigestOnly());
  if (deletesTags === "with their manifests") {
    registry.faults.push(faults.deleteTagsWithManifests(registry.storage));
  }
  return registry;
}

async function tidy(registry: TestRegistry, selection: Selection): Promise<TidiedRepository> {
  await using store = await createRegistryStore({
    host: registry.host,
    plainHttp: true,
    env: { HOME: "/nowhere" },
  });
  const [tidied] = await tidyRepositories([{ repository: store.repository(name), selection }], {
    dryRun: false,
    check: () => undefined,
    onEvent: () => undefined,
  });
  if (!tidied) throw new Error("no repository was tidied");
  return tidied;
}

/** Every manifest is there, and every blob that any of them names. */
async function expectWhole(
  storage: ContentStorage,
  { manifests }: RandomRepository,
  digests: Iterable<Digest>,
): Promise<void> {
  for (const digest of digests) {
    expect(await storage.readManifest(name, digest)).toBeDefined();
    const manifest = manifests.get(digest);
    for (const blob of manifest?.kind === "manifest" ? ownBlobs(manifest) : []) {
      expect(await storage.statBlob(name, blob.digest)).toBe(blob.size);
    }
  }
}

/** A registry that deletes more than it is asked to gets that back, and is asked no more. */
function hasStopped({ removals }: TidiedRepository, { title, deletesTags }: Kind): boolean {
  const error = removals.find((removal) => removal.error)?.error;
  if (error && deletesTags !== "with their manifests") throw new Error(`${title}: ${error.message}`);
  return error !== undefined;
}

describe.each(kinds)("pruning $title", (kind) => {
  test.each(seeds)("leaves whole what is kept, and nothing else (seed %i)", async (seed) => {
    const random = createRandom(seed);
    const registry = await start(kind);
    const filled = await fillRepository(registry.storage, name, random, kind.listsReferrers);
    const kept = filled.named.filter((_, at) => at === 0 || random(2) === 0);
    const roots = kept.map((tag) => filled.tags.get(tag) as Digest);
    const { all, reached } = needsOf(filled, roots);
    const tidied = await tidy(registry, { kind: "keep", references: new Set(kept) });
    const tags = (await registry.storage.listTags(name)) ?? new Map<string, Digest>();
    for (const tag of kept) expect(tags.get(tag)).toBe(filled.tags.get(tag));
    for (const [tag, digest] of [...filled.tags].filter(([, named]) => reached.has(named))) {
      expect(tags.get(tag)).toBe(digest);
    }
    await expectWhole(registry.storage, filled, all);
    expect(registry.failures).toEqual([]);
    if (hasStopped(tidied, kind)) return;
    // What no tag led to is told by no registry, and stays.
    const there = (await registry.storage.listManifests(name)).filter((digest) =>
      filled.manifests.has(digest),
    );
    expect(new Set(there)).toEqual(all);
    const stay = [...filled.tags].filter(([tag, digest]) => kept.includes(tag) || reached.has(digest));
    const aliases = [...filled.tags].filter(([, digest]) => kind.deletesTags === "never" && all.has(digest));
    expect([...tags.keys()].sort()).toEqual([...new Map([...stay, ...aliases]).keys()].sort());
  });

  test.each(seeds)("deleting leaves whole what is not asked for (seed %i)", async (seed) => {
    const random = createRandom(seed + 1000);
    const registry = await start(kind);
    const filled = await fillRepository(registry.storage, name, random, kind.listsReferrers);
    const asked = filled.named.filter((_, at) => at === 0 || random(3) === 0);
    const others = filled.named.filter((tag) => !asked.includes(tag));
    const { all } = needsOf(
      filled,
      others.map((tag) => filled.tags.get(tag) as Digest),
    );
    const references = new Set(asked);
    const tidied = await tidy(registry, { kind: "delete", references, archTag: "{tag}-{platform}" });
    const tags = (await registry.storage.listTags(name)) ?? new Map<string, Digest>();
    for (const tag of others) expect(tags.get(tag)).toBe(filled.tags.get(tag));
    await expectWhole(registry.storage, filled, all);
    if (hasStopped(tidied, kind)) return;
    const spared = new Set(
      tidied.removals.flatMap(({ reference, outcome }) => (outcome === "deleted" ? [] : [reference])),
    );
    expect(asked.filter((tag) => tags.has(tag) && !spared.has(tag))).toEqual([]);
  });
});
