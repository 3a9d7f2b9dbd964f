import { beforeEach, describe, expect, test } from "vitest";
import { parseReference } from "../../../src/oci/reference.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import { syncImages, type SyncItem, type SyncOptions } from "../../../src/transfer/sync/sync-images.ts";
import { storeList, storeSourceImage } from "../../helpers/archives/store-source-image.ts";

describe("syncImages", () => {
  const source = new MemoryStorage();
  let target: MemoryStorage;
  let events: LoadEvent[];

  beforeEach(async () => {
    target = new MemoryStorage();
    events = [];
    await storeList(source, "app", "1", [{ platform: "linux/amd64" }, { platform: "linux/arm64" }]);
  });

  function item(name: string, tag: string | undefined = "1"): SyncItem {
    const reference = parseReference(name);
    return {
      name,
      source: { repository: createStorageStore(source).repository("app"), reference },
      target: { repository: createStorageStore(target).repository("copy"), ...(tag ? { tag } : {}) },
      isSameStore: false,
    };
  }

  function options(more: Partial<SyncOptions> = {}): SyncOptions {
    const { signal } = new AbortController();
    return {
      platforms: [],
      referrers: false,
      allowMissing: false,
      dryRun: false,
      onEvent: (event) => void events.push(event),
      signal,
      ...more,
    };
  }

  test("tells what became of each image, in the order of asking", async () => {
    const images = await syncImages([item("app:1"), item("app:2"), item("app:1", "again")], options());
    expect(images).toMatchObject([
      { title: "memory/copy:1", outcome: "pushed" },
      { title: "memory/copy:1", outcome: "failed", error: { code: "IMAGE_NOT_FOUND" } },
      { title: "memory/copy:again", outcome: "pushed" },
    ]);
    expect(events.filter(({ type }) => type === "synced")).toHaveLength(3);
    expect(await syncImages([item("app:1")], options())).toMatchObject([{ outcome: "unchanged" }]);
  });

  test("tells what a tag named before", async () => {
    const before = await storeSourceImage(target, "copy", { tag: "1" });
    const [image] = await syncImages([item("app:1")], options());
    expect(image).toMatchObject({ outcome: "replaced", previous: before.descriptor.digest });
  });

  test("copies what is named by digest under its digest", async () => {
    const digest = (await source.listTags("app"))?.get("1");
    const { tag: _, ...named } = item(`app@${digest}`).target;
    const [image] = await syncImages([{ ...item(`app@${digest}`), target: named }], options());
    expect(image).toMatchObject({ title: "memory/copy", outcome: "pushed", digest });
    expect([...((await target.listTags("copy")) ?? [])]).toEqual([]);
  });

  test("makes the tags that lack for a list that is there", async () => {
    await syncImages([item("app:1")], options({ archTags: "never" }));
    expect([...((await target.listTags("copy")) ?? new Map()).keys()]).toEqual(["1"]);
    for (const more of [{}, { platforms: [{ os: "linux", architecture: "amd64" }] }]) {
      await syncImages([item("app:1")], options({ archTags: "always", ...more, dryRun: true }));
    }
    expect([...((await target.listTags("copy")) ?? new Map()).keys()]).toEqual(["1"]);
    const [image] = await syncImages([item("app:1")], options({ archTags: "always" }));
    expect(image?.outcome).toBe("unchanged");
    expect([...((await target.listTags("copy")) ?? new Map()).keys()]).toEqual(["1", "1-amd64", "1-arm64"]);
  });

  test("sends nothing where it only looks", async () => {
    expect(await syncImages([item("app:1")], options({ dryRun: true }))).toMatchObject([
      { outcome: "pushed" },
    ]);
    expect(await target.listRepositories()).toEqual([]);
  });

  test("ends when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(syncImages([item("app:1")], options({ signal }))).rejects.toThrow("enough");
  });
});
