import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { findRoot } from "../../../src/storage/layout/find-root.ts";
import { verifyDirectory } from "../../../src/storage/directory/verify-directory.ts";
import { storeImage } from "../../helpers/archives/store-image.ts";
import { runProgram } from "../../helpers/processes/run-program.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const secret = digestOf("secret");
const fifo = digestOf("fifo");

async function makeFolder(): Promise<{ folder: string; outside: string }> {
  const [folder, outside] = [await makeTempFolder(), await makeTempFolder()];
  const storage = await DirectoryStorage.open(folder);
  await storeImage(storage, "a/b", "1", "v1");
  await storage[Symbol.asyncDispose]();
  return { folder, outside };
}

describe.runIf(process.platform === "linux")("a folder from elsewhere", () => {
  test.each(["blobs", "repositories", "uploads", "index.json", "oci-layout"])(
    "is refused where %s is a link, and nothing is written or deleted behind it",
    async (name) => {
      const { folder, outside } = await makeFolder();
      await rename(join(folder, name), join(outside, "real"));
      await symlink(join(outside, "real"), join(folder, name));
      const before = await readdir(outside, { recursive: true });
      for (const readOnly of [true, false]) {
        await expect(DirectoryStorage.open(folder, { readOnly })).rejects.toMatchObject({
          code: "LAYOUT_INVALID",
        });
      }
      expect(await readdir(outside, { recursive: true })).toEqual(before);
    },
  );

  test("has no blob, link or tag that is a link, a FIFO or in a folder that is a link, and a warning for each", async () => {
    const { folder, outside } = await makeFolder();
    await writeFile(join(outside, "file"), "secret");
    await mkdir(join(folder, "blobs/sha512"), { recursive: true });
    await symlink(join(outside, "file"), join(folder, "blobs/sha256", secret.slice(7)));
    await runProgram("mkfifo", join(folder, "blobs/sha256", fifo.slice(7)));
    await rename(join(folder, "repositories/a"), join(outside, "a"));
    await symlink(join(outside, "a"), join(folder, "repositories/a"));
    for (const readOnly of [true, false]) {
      const warnings: string[] = [];
      await using storage = await DirectoryStorage.open(folder, {
        readOnly,
        onNotice: ({ text }) => warnings.push(text),
      });
      for (const digest of [secret, fifo]) {
        expect(await storage.statBlob("a/b", digest)).toBeUndefined();
        expect(await storage.readManifest("a/b", digest)).toBeUndefined();
        for (const chunks of [storage.readBlob(digest), storage.lendBlob(digest, { start: 0, end: 5 })]) {
          await expect(chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
        }
      }
      expect(await storage.listRepositories()).toEqual([]);
      await verifyDirectory(storage);
      for (const name of [
        `blobs/sha256/${secret.slice(7)}`,
        `blobs/sha256/${fifo.slice(7)}`,
        "repositories/a",
      ]) {
        expect(warnings.filter((warning) => warning.includes(name))).toHaveLength(1);
      }
    }
    expect(await readFile(join(outside, "file"), "utf8")).toBe("secret");
  });

  test("is not written to through a repository that is a link", async () => {
    const { folder, outside } = await makeFolder();
    await rm(join(folder, "repositories/a"), { recursive: true });
    await symlink(outside, join(folder, "repositories/a"));
    await using storage = await DirectoryStorage.open(folder);
    await expect(storeImage(storage, "a/c", "1", "v1")).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    expect(await readdir(outside)).toEqual([]);
  });

  test("has an index that is a link or a FIFO: no image is chosen from it", async () => {
    const folder = await makeTempFolder();
    await runProgram("mkfifo", join(folder, "index.json"));
    await expect(findRoot(folder, undefined)).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    await rm(join(folder, "index.json"));
    await symlink("/etc/hostname", join(folder, "index.json"));
    await expect(findRoot(folder, undefined)).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
  });
});

test("a folder may be named through a link", async () => {
  const { folder, outside } = await makeFolder();
  await symlink(folder, join(outside, "alias"));
  await using storage = await DirectoryStorage.open(join(outside, "alias"));
  expect(await storage.listTags("a/b")).toHaveProperty("size", 1);
});
