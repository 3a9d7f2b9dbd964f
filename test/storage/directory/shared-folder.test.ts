import { EventEmitter, once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { collectGarbage } from "../../../src/storage/directory/collect-garbage.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { verifyDirectory } from "../../../src/storage/directory/verify-directory.ts";
import { storeBlob, storeImage } from "../../helpers/archives/store-image.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const tomorrow = { now: Date.now() + 86_400_000 };

async function readTags(folder: string): Promise<string[]> {
  const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as {
    manifests: { annotations: Record<string, string> }[];
  };
  return index.manifests.map(({ annotations }) => annotations["org.opencontainers.image.ref.name"] ?? "");
}

/** Changes `index.json` as another tool would. */
async function editIndex(folder: string, edit: (text: string) => string): Promise<void> {
  const path = join(folder, "index.json");
  await writeFile(`${path}.theirs`, edit(await readFile(path, "utf8")));
  await rename(`${path}.theirs`, path);
}

function withoutTag(tag: string): (text: string) => string {
  return (text) => {
    const index = JSON.parse(text) as { manifests: { annotations: Record<string, string> }[] };
    const manifests = index.manifests.filter(
      ({ annotations }) => annotations["org.opencontainers.image.ref.name"] !== tag,
    );
    return JSON.stringify({ ...index, manifests });
  };
}

async function makeFirstReleaseFolder(): Promise<{ folder: string; manifest: string }> {
  const folder = await makeTempFolder();
  const storage = await DirectoryStorage.open(folder);
  const manifest = await storeImage(storage, "a/b", "1", "v1");
  await storage[Symbol.asyncDispose]();
  for (const name of ["repositories/_views", "repositories/a/b/_tags", "index.json.lock"]) {
    await rm(join(folder, name), { recursive: true });
  }
  const link = storage.paths.manifestLink("a/b", manifest.descriptor.digest);
  await writeFile(link, manifest.descriptor.mediaType);
  return { folder, manifest: manifest.descriptor.digest };
}

describe("writers of one folder", () => {
  test("lose no tag, one that is stopped in the middle and goes on later included", async () => {
    const folder = await makeTempFolder();
    await using stopped = await DirectoryStorage.open(folder);
    await using other = await DirectoryStorage.open(folder);
    const steps = new EventEmitter();
    const move = stopped.tags.move.bind(stopped.tags);
    vi.spyOn(stopped.tags, "move").mockImplementation(async (...args) => {
      const goOn = once(steps, "go on");
      steps.emit("reached");
      await goOn;
      await move(...args);
    });
    const reached = once(steps, "reached");
    const slow = storeImage(stopped, "a/b", "slow", "slow");
    await reached;
    for (let i = 0; i < 40; i++) await storeImage(other, "a/b", `${i}`, `v${i}`);
    await other.tags.writeView();
    steps.emit("go on");
    await slow;
    for (const storage of [stopped, other]) expect(await storage.listTags("a/b")).toHaveProperty("size", 41);
  });

  test("leave index.json as the tags are, whoever ends last", async () => {
    const folder = await makeTempFolder();
    const storages = await Promise.all([1, 2, 3, 4].map(() => DirectoryStorage.open(folder)));
    await Promise.all(
      storages.map(async (storage, n) => {
        for (let i = n; i < 40; i += 4) await storeImage(storage, `r/${i % 3}`, `${i}`, `v${i}`);
      }),
    );
    await Promise.all(storages.map((storage) => storage[Symbol.asyncDispose]()));
    expect(await readTags(folder)).toHaveLength(40);
    await using storage = await DirectoryStorage.open(folder, { readOnly: true });
    expect((await verifyDirectory(storage)).problems).toEqual([]);
  });
});

describe("what another tool changes in index.json", () => {
  test("is adopted while the registry runs: a new tag, one that moved, one that was taken out", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const [one, two] = [
      await storeImage(storage, "a/b", "1", "kept"),
      await storeImage(storage, "a/b", "2", "moved"),
    ];
    await storeImage(storage, "a/b", "3", "gone");
    await storage.tags.writeView();
    await editIndex(folder, withoutTag("a/b:gone"));
    await editIndex(folder, (text) =>
      text.replace(two.descriptor.digest, one.descriptor.digest).replace("a/b:kept", "c/d:new"),
    );
    expect(await storage.listTags("a/b")).toEqual(new Map([["moved", one.descriptor.digest]]));
    expect(await storage.listTags("c/d")).toEqual(new Map([["new", one.descriptor.digest]]));
    expect(await storage.statBlob("c/d", one.config.digest)).toBe(one.config.size);
  });

  test("is adopted when the folder is opened again, and seen where it is only read", async () => {
    const folder = await makeTempFolder();
    const first = await DirectoryStorage.open(folder);
    for (const tag of ["v1", "v2"]) await storeImage(first, "a/b", tag, tag);
    await first[Symbol.asyncDispose]();
    await editIndex(folder, withoutTag("a/b:v1"));
    for (const readOnly of [true, false]) {
      await using storage = await DirectoryStorage.open(folder, { readOnly });
      expect([...((await storage.listTags("a/b"))?.keys() ?? [])]).toEqual(["v2"]);
    }
    expect(await readTags(folder)).toEqual(["a/b:v2"]);
  });

  test("does not undo a tag that was moved here since that tool read the file", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    await storeImage(storage, "a/b", "1", "v1");
    await storage.tags.writeView();
    const old = await readFile(join(folder, "index.json"), "utf8");
    const newer = await storeImage(storage, "a/b", "2", "v1");
    await editIndex(folder, () => withoutTag("a/b:v1")(old));
    expect(await storage.listTags("a/b")).toEqual(new Map([["v1", newer.descriptor.digest]]));
    await storage.tags.writeView();
    expect(await readTags(folder)).toEqual(["a/b:v1"]);
  });

  test("does no harm where it is half written, or deleted: the view is soon there again", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    await storeImage(storage, "a/b", "1", "v1");
    await storage.tags.writeView();
    for (const damage of [() => writeFile(storage.paths.index, "{"), () => rm(storage.paths.index)]) {
      await damage();
      expect(await storage.listTags("a/b")).toHaveProperty("size", 1);
      await storage.tags.writeView();
      expect(await readTags(folder)).toEqual(["a/b:v1"]);
    }
  });
});

describe("a process that is killed", () => {
  test("between the record of a view and the view leaves no tag that could be taken for deleted", async () => {
    const folder = await makeTempFolder();
    const storage = await DirectoryStorage.open(folder);
    await storeImage(storage, "a/b", "1", "v1");
    await storage.tags.writeView();
    const before = await readFile(storage.paths.index, "utf8");
    await storeImage(storage, "a/b", "2", "v2");
    const write = storage.files.write.bind(storage.files);
    vi.spyOn(storage.files, "write").mockImplementation(async (path, content) => {
      if (path === storage.paths.index) throw new Error("killed");
      await write(path, content);
    });
    await expect(storage.tags.writeView()).rejects.toThrow("killed");
    expect(await readFile(storage.paths.index, "utf8")).toBe(before);
    await editIndex(folder, (text) => text.replace("a/b:v1", "c/d:theirs"));
    await using later = await DirectoryStorage.open(folder);
    expect([...((await later.listTags("a/b"))?.keys() ?? [])]).toEqual(["v2"]);
    expect([...((await later.listTags("c/d"))?.keys() ?? [])]).toEqual(["theirs"]);
  });

  test("in the middle of a collection of garbage loses nothing that it had taken away", async () => {
    const folder = await makeTempFolder();
    const storage = await DirectoryStorage.open(folder);
    const manifest = await storeImage(storage, "a/b", "1", "v1");
    await storage[Symbol.asyncDispose]();
    const { paths } = storage;
    for (const path of [
      paths.blob(manifest.config.digest),
      paths.manifestLink("a/b", manifest.descriptor.digest),
      paths.tag("a/b", "v1"),
    ]) {
      await rename(path, `${path}.taken`);
    }
    await using later = await DirectoryStorage.open(folder);
    expect(await later.listTags("a/b")).toEqual(new Map([["v1", manifest.descriptor.digest]]));
    expect((await verifyDirectory(later)).problems).toEqual([]);
  });
});

describe("garbage is collected while others write", () => {
  test("a mount and a push of what was about to go keep it, or begin again", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const digest = await storeBlob(storage, "a/b", "wanted again");
    const long = new Date(1000);
    for (const path of [storage.paths.blob(digest), storage.paths.blobLink("a/b", digest)]) {
      await utimes(path, long, long);
    }
    const take = storage.files.take.bind(storage.files);
    let mounted: boolean | undefined;
    vi.spyOn(storage.files, "take").mockImplementation(async (...args) => {
      mounted ??= await storage.mountBlob("c/d", digest, "a/b");
      return take(...args);
    });
    await collectGarbage(storage);
    expect(mounted).toBe(true);
    expect(await storage.statBlob("c/d", digest)).toBe(12);
  });

  test("a blob that goes between its link and the last look at it is written again", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const digest = digestOf("abc");
    const addBlob = storage.links.addBlob.bind(storage.links);
    let times = 0;
    vi.spyOn(storage.links, "addBlob").mockImplementation(async (...args) => {
      await addBlob(...args);
      if (times++ === 0) await rm(storage.paths.blob(digest));
    });
    const upload = await storage.startUpload("a/b");
    await upload.append(Readable.from([Buffer.from("abc")]));
    await upload.commit(digest);
    expect([times, await storage.statBlob("a/b", digest)]).toEqual([2, 3]);
  });

  test("a tag whose manifest is deleted while it is written is on a manifest that is there", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    await using other = await DirectoryStorage.open(folder);
    const manifest = await storeImage(storage, "a/b", "1", "old");
    const move = storage.tags.move.bind(storage.tags);
    let times = 0;
    vi.spyOn(storage.tags, "move").mockImplementation(async (...args) => {
      if (times++ === 0) await other.deleteManifest("a/b", manifest.descriptor.digest);
      await move(...args);
    });
    await storage.writeManifest("a/b", manifest, "new");
    expect(await storage.listTags("a/b")).toEqual(new Map([["new", manifest.descriptor.digest]]));
    expect((await verifyDirectory(storage)).problems).toEqual([]);
  });

  test("nothing goes that was touched within the hour, and all that was not", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    await storeBlob(storage, "a/b", "orphan");
    expect(await collectGarbage(storage)).toMatchObject({ blobs: 0 });
    expect(await collectGarbage(storage, tomorrow)).toMatchObject({ blobs: 1 });
  });
});

describe("a folder of the first release", () => {
  test("is taken over with its tags, and that release cannot take its lock any more", async () => {
    const { folder, manifest } = await makeFirstReleaseFolder();
    await using storage = await DirectoryStorage.open(folder);
    expect(await storage.listTags("a/b")).toEqual(new Map([["v1", manifest]]));
    expect((await verifyDirectory(storage)).problems).toEqual([]);
    const lock = join(folder, "index.json.lock");
    await expect(writeFile(lock, "holder", { flag: "wx" })).rejects.toThrow("EEXIST");
    await expect(readFile(lock)).rejects.toThrow("EISDIR");
    await expect(rm(lock, { force: true })).rejects.toThrow("is a directory");
  });

  test("is waited for while that release holds its lock, and not for one that is left behind", async () => {
    const { folder } = await makeFirstReleaseFolder();
    const lock = join(folder, "index.json.lock");
    await writeFile(lock, "holder");
    const opening = DirectoryStorage.open(folder);
    for (let i = 0; i < 20; i++) await readdir(folder);
    expect((await stat(lock)).isFile()).toBe(true);
    await utimes(lock, 1, 1);
    await using storage = await opening;
    expect(await storage.listTags("a/b")).toHaveProperty("size", 1);
    expect((await stat(lock)).isDirectory()).toBe(true);
  });

  test("is read without a byte being written", async () => {
    const { folder } = await makeFirstReleaseFolder();
    await using storage = await DirectoryStorage.open(folder, { readOnly: true });
    expect(await storage.listTags("a/b")).toHaveProperty("size", 1);
    expect((await readdir(folder)).sort()).toEqual([
      "blobs",
      "index.json",
      "oci-layout",
      "repositories",
      "uploads",
    ]);
  });
});

test("a folder of a later release is left alone", async () => {
  const folder = await makeTempFolder();
  await mkdir(join(folder, "index.json.lock"));
  await writeFile(join(folder, "index.json.lock", "format.json"), '{"format":3}');
  await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  for (const readOnly of [true, false]) {
    await expect(DirectoryStorage.open(folder, { readOnly })).rejects.toMatchObject({
      code: "LAYOUT_INVALID",
    });
  }
});
