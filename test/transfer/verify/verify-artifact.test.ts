import { expect, test } from "vitest";
import type { Digest } from "../../../src/oci/digest.ts";
import { parseReference } from "../../../src/oci/reference.ts";
import { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { createStorageStore } from "../../../src/storage/storage-store.ts";
import { startArtifact } from "../../../src/transfer/verify/verify-artifact.ts";
import { buildArtifact, inspectSyntheticLayer } from "../../helpers/archives/source-image.ts";
import { storeArtifact } from "../../helpers/archives/store-source-image.ts";

const name = "app:sha256-0.sig";
const planned = {
  source: parseReference(name),
  target: { repository: "app", tag: "sha256-0.sig" },
  artifact: { ...buildArtifact("signature"), names: [name] },
};

test("a signature that is as the archive has it passes, one that is missing, another or not whole fails", async () => {
  const storage = new MemoryStorage();
  expect(await verify(storage)).toEqual(["there is no such tag"]);
  await storeArtifact(storage, "app", buildArtifact("other"), "sha256-0.sig");
  expect(await verify(storage)).toEqual(["it is not that of the archive, HEX"]);
  await storeArtifact(storage, "app", planned.artifact, "sha256-0.sig");
  expect(await verify(storage)).toEqual([]);
  expect(await verify(storage, planned.artifact.blobs[1]?.descriptor.digest)).toEqual([
    "its blob HEX is not there",
  ]);
});

async function verify(storage: MemoryStorage, lost?: Digest): Promise<string[]> {
  const store = createStorageStore(storage).repository("app");
  const repository = new Proxy(store, {
    get(target, key) {
      if (key === "hasBlob" && lost) return async ({ digest }: { digest: Digest }) => digest !== lost;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const options = { inspectLayer: inspectSyntheticLayer, signal: new AbortController().signal };
  const { title, images } = await startArtifact(planned, repository, options).finish();
  expect(title).toMatch(/app:sha256-0\.sig$/);
  return images.flatMap(({ problems }) => problems.map((text) => text.replaceAll(/[0-9a-f]{12}/g, "HEX")));
}
