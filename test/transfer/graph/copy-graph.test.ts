import { beforeEach, describe, expect, test } from "vitest";
import type { ContentReader, Repository } from "../../../src/content/repository.ts";
import { buildIndex, type ImageIndex } from "../../../src/oci/manifest.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { copyGraph } from "../../../src/transfer/graph/copy-graph.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import { storeBlob } from "../../helpers/archives/store-image.ts";
import { storeList } from "../../helpers/archives/store-source-image.ts";

const platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
const options = { onEvent: () => undefined };

describe("copyGraph", () => {
  let source: Repository;
  let target: Repository;
  let storage: MemoryStorage;
  let list: ImageIndex;

  beforeEach(async () => {
    storage = new MemoryStorage();
    source = createStorageStore(storage).repository("app");
    target = createStorageStore(new MemoryStorage()).repository("copy");
    list = await storeList(
      storage,
      "app",
      "1",
      platforms.map((platform) => ({ platform, layers: [{ salt: "shared" }, { salt: platform }] })),
    );
  });

  test("brings all that a list names, so that the list can follow", async () => {
    await copyGraph(list, source, target, options);
    expect(await target.resolve(list.descriptor.digest)).toBeUndefined();
    await target.pushManifest("1", list);
    expect((await target.resolve("1"))?.digest).toBe(list.descriptor.digest);
  });

  test("brings blobs that an index names itself, as BuildKit's cache does", async () => {
    const entries = await Promise.all(
      ["layer", "config"].map(async (content) => ({
        mediaType: `application/vnd.buildkit.${content}.v0`,
        digest: await storeBlob(storage, "app", content),
        size: content.length,
      })),
    );
    const cache = buildIndex("oci", entries);
    await copyGraph(cache, source, target, options);
    await target.pushManifest("cache", cache);
    expect(await Promise.all(entries.map((entry) => target.hasBlob(entry)))).toEqual([true, true]);
  });

  test("reads each digest once, however many images share it", async () => {
    const read: string[] = [];
    await copyGraph(list, recordReads(source, read), target, options);
    expect(new Set(read).size).toBe(read.length);
    // Three manifests, three configs, three layers of their own and the one that they share.
    expect(read).toHaveLength(10);
  });

  test("tells how much there is, each digest once, also where a list names an image for two platforms", async () => {
    const [first, ...others] = list.manifests;
    const twice = buildIndex("oci", [
      { ...first!, platform: { os: "linux", architecture: "386" } },
      first!,
      ...others,
    ]);
    const told: LoadEvent[] = [];
    const onEvent = (event: LoadEvent): void => void (event.type === "bringing" && told.push(event));
    await copyGraph(twice, source, target, { onEvent, image: "app:1" });
    // Three configs, three layers of their own and the one that they share.
    expect(told).toMatchObject([{ image: "app:1", parts: { blobs: 7 } }]);
  });

  test("reads no blob that is there already, and completes a copy that broke off", async () => {
    const failing: ContentReader = {
      ...bind(source),
      fetchBlob: () => {
        throw new Error("line cut");
      },
    };
    await expect(copyGraph(list, failing, target, options)).rejects.toThrow("line cut");
    await copyGraph(list, source, target, options);
    const read: string[] = [];
    await copyGraph(list, recordReads(source, read), target, options);
    expect(read).toEqual(expect.arrayContaining(list.manifests.map(({ digest }) => digest)));
    expect(read).toHaveLength(3);
  });

  test("stops at the first failure, without leaving anything under way", async () => {
    let open = 0;
    const failing: Repository = {
      ...bind(target),
      pushManifest: async () => {
        throw new Error("refused");
      },
      pushBlob: async (...args) => {
        open++;
        await target.pushBlob(...args);
        open--;
        return "pushed";
      },
    };
    await expect(copyGraph(list, source, failing, options)).rejects.toThrow("refused");
    expect(open).toBe(0);
  });

  test("ends with the signal's reason", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(copyGraph(list, source, target, { ...options, signal })).rejects.toThrow("enough");
  });

  test("takes more children at once than there are places, in lists within lists", async () => {
    const lists = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const inner = await storeList(storage, "app", `inner-${at}`, [
          { platform: "linux/amd64", salt: `${at}` },
          { platform: "linux/arm64", salt: `${at}` },
        ]);
        return inner.descriptor;
      }),
    );
    const outer = buildIndex("oci", lists);
    await copyGraph(outer, source, target, options);
    await target.pushManifest("outer", outer);
    expect(await target.listTags()).toEqual(["outer"]);
  });

  test("refuses lists that are nested too deep", async () => {
    let deepest: ImageIndex = list;
    for (let depth = 0; depth < 6; depth++) {
      await source.pushManifest(deepest.descriptor.digest, deepest);
      deepest = buildIndex("oci", [deepest.descriptor]);
    }
    await expect(copyGraph(deepest, source, target, options)).rejects.toMatchObject({
      code: "INDEX_TOO_DEEP",
    });
  });

  test("says which image of a list is not there", async () => {
    const empty = createStorageStore(new MemoryStorage()).repository("empty");
    await expect(copyGraph(list, empty, target, options)).rejects.toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: expect.stringContaining("memory/empty@sha256:"),
    });
  });
});

function recordReads(source: Repository, read: string[]): ContentReader {
  return {
    title: source.title,
    fetchManifest: (reference, signal) => {
      read.push(reference);
      return source.fetchManifest(reference, signal);
    },
    fetchBlob: (descriptor, signal) => {
      read.push(descriptor.digest);
      return source.fetchBlob(descriptor, signal);
    },
  };
}

/** The repository as an object whose methods can be exchanged. */
function bind(repository: Repository): Repository {
  return {
    name: repository.name,
    title: repository.title,
    hasBlob: (...args) => repository.hasBlob(...args),
    fetchBlob: (...args) => repository.fetchBlob(...args),
    pushBlob: (...args) => repository.pushBlob(...args),
    resolve: (...args) => repository.resolve(...args),
    fetchManifest: (...args) => repository.fetchManifest(...args),
    pushManifest: (...args) => repository.pushManifest(...args),
    listTags: (...args) => repository.listTags(...args),
    listReferrers: (...args) => repository.listReferrers(...args),
  };
}
