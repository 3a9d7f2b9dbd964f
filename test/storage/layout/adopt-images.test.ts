import type * as FileSystem from "node:fs/promises";
import { lstat, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { storeBlob, storeImage } from "../../helpers/archives/store-image.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

interface Step {
  readonly kind: "sync" | "name";
  readonly path: string;
  /** The name that a file had before. */
  readonly from?: string;
}

const steps = vi.hoisted((): Step[] => []);

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof FileSystem>();
  const noting =
    (give: typeof real.link): typeof real.link =>
    async (from, to) => {
      await give(from, to);
      steps.push({ kind: "name", path: String(to), from: String(from) });
    };
  const open: typeof real.open = async (path, ...rest) => {
    const file = await real.open(path, ...rest);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await sync();
      steps.push({ kind: "sync", path: String(path) });
    };
    return file;
  };
  return { ...real, open, link: noting(real.link), rename: noting(real.rename) };
});

/** Inodes of all files below a folder, by their paths. */
async function listFiles(folder: string): Promise<Map<string, number>> {
  const files = new Map<string, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path, (await lstat(path)).ino);
  }
  return files;
}

/** A folder as another tool leaves it, or as it comes from a stick: content and an index, no links of ours. */
async function makeForeignFolder(): Promise<string> {
  const folder = await makeTempFolder();
  const writer = await DirectoryStorage.open(folder);
  await storeImage(writer, "a/b", "1", "v1");
  await writer[Symbol.asyncDispose]();
  for (const name of ["repositories", "uploads", "index.json.lock"]) {
    await rm(join(folder, name), { recursive: true });
  }
  return folder;
}

/** Whether a file was synced under its unfinished name, got its own then, and that was put on disk as well. */
function isWrittenSafely(path: string): boolean {
  const named = steps.findIndex((step) => step.kind === "name" && step.path === path);
  const from = steps[named]?.from ?? path;
  const isSynced = steps.slice(0, Math.max(0, named)).some((step) => step.path === from);
  const rest = steps.slice(named);
  return isSynced && rest.some((step) => step.kind === "sync" && step.path === dirname(path));
}

test("what a folder of another tool gets is synced under another name first, and so is what it had", async () => {
  const folder = await makeForeignFolder();
  const before = await listFiles(folder);
  steps.length = 0;
  const storage = await DirectoryStorage.open(folder);
  expect(await storage.listTags("a/b")).toHaveProperty("size", 1);
  await storage[Symbol.asyncDispose]();
  const written = [...(await listFiles(folder))].filter(([path, inode]) => before.get(path) !== inode);
  expect(written.filter(([path]) => path.includes("repositories")).length).toBeGreaterThan(3);
  expect(written.map(([path]) => path).filter((path) => !isWrittenSafely(path))).toEqual([]);
  const blobs = [...before.keys()].filter((path) => path.includes("blobs"));
  expect(blobs).toHaveLength(3);
  for (const path of blobs) expect(steps.filter((step) => step.path === path)).toHaveLength(1);
  const lastBlob = steps.findLastIndex((step) => blobs.includes(step.path));
  const manifestLink = steps.findIndex((step) => step.kind === "name" && step.path.includes("_manifests"));
  expect(lastBlob).toBeLessThan(manifestLink);
});

test("content that is there already is put on disk before it is acknowledged", async () => {
  await using storage = await DirectoryStorage.open(await makeForeignFolder());
  const manifest = await storeImage(storage, "a/b", "1");
  steps.length = 0;
  await storeBlob(storage, "c/d", "layer 1");
  await storage.writeManifest("a/b", manifest);
  for (const digest of [manifest.layers[0]!.digest, manifest.descriptor.digest]) {
    expect(steps).toContainEqual({ kind: "sync", path: storage.paths.blob(digest) });
  }
});

test("content of another size than the manifest says is not taken over, and the next push heals it", async () => {
  const folder = await makeForeignFolder();
  const layer = "layer 1";
  const written = [...(await listFiles(folder)).keys()].filter((path) => path.includes("blobs"));
  for (const path of written) if ((await lstat(path)).size === layer.length) await writeFile(path, "la");
  await using storage = await DirectoryStorage.open(folder);
  expect(await storage.listTags("a/b")).toHaveProperty("size", 1);
  const manifest = await storeImage(storage, "c/d", "1");
  const { digest, size } = manifest.layers[0]!;
  expect(await storage.links.hasBlob("a/b", digest)).toBe(false);
  expect(await storage.statBlob("c/d", digest)).toBe(size);
});
