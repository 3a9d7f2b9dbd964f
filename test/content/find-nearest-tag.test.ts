import { expect, test } from "vitest";
import { AirgapError } from "../../src/oci/airgap-error.ts";
import { MemoryStorage } from "../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../src/storage/storage-store.ts";
import { fetchRoot } from "../../src/transfer/graph/fetch-root.ts";
import { findNearestTag } from "../../src/content/find-nearest-tag.ts";
import { storeSourceImage } from "../helpers/archives/store-source-image.ts";

async function refuse(): Promise<never> {
  throw new AirgapError("ACCESS_DENIED", "Cannot list the tags", { exit: "denied" });
}

const signature = `sha256-${"a".repeat(64)}.sig`;

test("an image that is not there is told with the nearest tag that its repository has", async () => {
  const storage = new MemoryStorage();
  for (const tag of ["1.9.0", "1.10.2", "1.10.2-amd64"]) await storeSourceImage(storage, "app", { tag });
  const store = createStorageStore(storage);
  await expect(fetchRoot(store.repository("app"), { tag: "1.10.3" })).rejects.toMatchObject({
    code: "IMAGE_NOT_FOUND",
    message: expect.stringMatching(/app:1\.10\.3": it is not there, the nearest tag is 1\.10\.2$/),
  });
  await expect(fetchRoot(store.repository("none"), { tag: "1" })).rejects.toMatchObject({
    message: expect.stringMatching(/none:1": it is not there$/),
  });
});

test("signatures are no tag that anybody means, and a registry that does not tell its tags is asked in vain", async () => {
  expect(await findNearestTag({ listTags: async () => [signature] }, "1")).toBeUndefined();
  expect(await findNearestTag({ listTags: refuse }, "1")).toBeUndefined();
});

test("a run that was ended asks for no tag", async () => {
  const stop = new AbortController();
  const listTags = async (): Promise<never> => {
    stop.abort(new Error("SIGINT"));
    throw new AirgapError("REGISTRY_UNREACHABLE", "Cannot list the tags");
  };
  await expect(findNearestTag({ listTags }, "1", stop.signal)).rejects.toThrow("Cannot list the tags");
});
