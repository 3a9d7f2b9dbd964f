import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { makeFolders } from "../../src/content/make-folders.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgap-load-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

test("makes what is missing, with its mode, several at once and again", async () => {
  const path = join(folder, "a/b/c");
  await Promise.all([makeFolders(path, 0o700), makeFolders(path, 0o700), makeFolders(join(folder, "a/b/d"))]);
  await makeFolders(path, 0o700);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test("leaves a folder that is there as it is, the file system's root too", async () => {
  await mkdir(join(folder, "a"), 0o755);
  await makeFolders(join(folder, "a"), 0o700);
  expect((await stat(join(folder, "a"))).mode & 0o777).toBe(0o755);
  await makeFolders("/");
});

test("a file in the way is what the error says", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(makeFolders(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolders(join(folder, "file/a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test("ends where the file system makes no folders", async () => {
  await expect(makeFolders("/proc/nothing/below")).rejects.toMatchObject({ code: "ENOENT" });
});
