import { expect, test, vi } from "vitest";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { UsageMeter } from "../../../src/storage/directory/usage-meter.ts";
import { storeBlob, storeImage } from "../../helpers/archives/store-image.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

test("what is kept is counted once a minute, however often it is asked for", async () => {
  await using storage = await DirectoryStorage.open(await makeTempFolder());
  const meter = new UsageMeter(storage.files, storage.paths);
  await storeBlob(storage, "a/b", "four");
  const start = Date.now();
  expect(await meter.measure(start)).toMatchObject({ blobs: 1, bytes: 4 });
  await storeBlob(storage, "a/b", "seven!!");
  expect(await meter.measure(start + 59_000)).toMatchObject({ blobs: 1, bytes: 4 });
  expect(await meter.measure(start + 60_000)).toMatchObject({ blobs: 2, bytes: 11 });
});

test("what cannot be counted is an error each time it is asked for, and no usage without numbers", async () => {
  await using storage = await DirectoryStorage.open(await makeTempFolder());
  const meter = new UsageMeter(storage.files, storage.paths);
  const list = vi.spyOn(storage.files, "list").mockRejectedValue(new Error("EIO"));
  await expect(meter.measure()).rejects.toThrow("EIO");
  await expect(meter.measure()).rejects.toThrow("EIO");
  list.mockRestore();
  expect(await meter.measure()).toMatchObject({ blobs: 0, bytes: 0 });
});

test("a tag's time is that of its last push, and none where there is no tag", async () => {
  await using storage = await DirectoryStorage.open(await makeTempFolder());
  const before = Date.now();
  await storeImage(storage, "a/b", "1", "v1");
  const pushed = (await storage.readTagTime("a/b", "v1"))?.getTime() ?? 0;
  // File systems round times down.
  expect(pushed).toBeGreaterThan(before - 2000);
  expect(await storage.readTagTime("a/b", "v2")).toBeUndefined();
});
