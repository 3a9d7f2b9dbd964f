import { rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { buildIndex } from "../../../src/oci/manifest.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { verifyDirectory } from "../../../src/storage/directory/verify-directory.ts";
import { storeImage } from "../../helpers/archives/store-image.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

test("a sound directory has no problems, and everything is counted", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  const manifest = await storeImage(storage, "a/b", "1", "v1");
  const index = buildIndex("oci", [manifest.descriptor]);
  await storage.writeManifest("a/b", index, "v2");
  await storage.mountBlob("c/d", manifest.config.digest, "a/b");
  const [layer] = manifest.layers;
  const bytes = manifest.config.size + (layer?.size ?? 0) + manifest.bytes.length + index.bytes.length;
  expect(await verifyDirectory(storage)).toEqual({ blobs: 4, bytes, manifests: 2, tags: 2, problems: [] });
});

test("each damage is a sentence", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  const damaged = await storeImage(storage, "a/damaged", "1", "v1");
  const lacking = await storeImage(storage, "a/lacking", "2", "v1");
  const unowned = await storeImage(storage, "a/unowned", "3", "v1");
  await storeImage(storage, "a/unowned", "4", "v2");
  await writeFile(storage.paths.blob(damaged.config.digest), "something else");
  await rm(storage.paths.blob(lacking.config.digest));
  await rm(storage.paths.manifestLink("a/unowned", unowned.descriptor.digest));
  const { problems } = await verifyDirectory(storage);
  expect(problems).toEqual([
    expect.stringContaining(`Cannot accept content as "${damaged.config.digest}"`),
    `Repository "a/lacking" lacks its blob "${lacking.config.digest}"`,
    `Tag "a/unowned:v1" is on "${unowned.descriptor.digest}", which the repository does not own`,
    expect.stringContaining(`it says that "${damaged.config.digest}" has`),
    expect.stringContaining(`it names "${lacking.config.digest}", which is not there`),
  ]);
});
