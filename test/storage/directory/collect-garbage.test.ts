import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { buildIndex, buildManifest, parseManifest } from "../../../src/oci/manifest.ts";
import { collectGarbage } from "../../../src/storage/directory/collect-garbage.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { listDigests } from "../../../src/storage/layout/layout-links.ts";
import { verifyDirectory } from "../../../src/storage/directory/verify-directory.ts";
import { storeBlob, storeImage } from "../../helpers/archives/store-image.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const tomorrow = { now: Date.now() + 86_400_000 };

test("what nothing names goes, once it is old enough", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  await storeImage(storage, "a/b", "1", "v1");
  const orphan = await storeBlob(storage, "a/b", "orphan");
  expect(await collectGarbage(storage)).toEqual({ manifests: 0, blobs: 0, bytes: 0 });
  expect(await collectGarbage(storage, tomorrow)).toEqual({ manifests: 0, blobs: 1, bytes: 6 });
  expect(await storage.statBlob("a/b", orphan)).toBeUndefined();
  expect((await verifyDirectory(storage)).problems).toEqual([]);
});

test("a deleted manifest's blobs go, save those that another image or repository has", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  const first = await storeImage(storage, "a/b", "1", "v1");
  await storeImage(storage, "c/d", "1", "v1");
  const second = await storeImage(storage, "a/b", "2", "v2");
  for (const { descriptor } of [first, second]) await storage.deleteManifest("a/b", descriptor.digest);
  expect(await collectGarbage(storage, tomorrow)).toMatchObject({ blobs: 3 });
  expect(await storage.statBlob("a/b", first.config.digest)).toBeUndefined();
  expect(await storage.statBlob("c/d", first.config.digest)).toBe(first.config.size);
});

test("untagged manifests stay unless asked for, and then children and referrers of what is tagged do", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  const child = await storeImage(storage, "a/b", "child");
  await storage.writeManifest("a/b", buildIndex("oci", [child.descriptor]), "v1");
  const plain = buildManifest("oci", child.config, child.layers);
  const signature = Buffer.from(
    JSON.stringify({
      ...(JSON.parse(Buffer.from(plain.bytes).toString()) as object),
      subject: child.descriptor,
    }),
  );
  const referrer = parseManifest(signature, "the referrer");
  await storage.writeManifest("a/b", referrer);
  const loose = await storeImage(storage, "a/b", "loose");
  expect(await collectGarbage(storage, tomorrow)).toMatchObject({ manifests: 0 });
  expect(await collectGarbage(storage, { ...tomorrow, untagged: true })).toMatchObject({
    manifests: 1,
    blobs: 3,
  });
  expect(await storage.readManifest("a/b", loose.descriptor.digest)).toBeUndefined();
  for (const { descriptor } of [child, referrer]) {
    expect(await storage.readManifest("a/b", descriptor.digest)).toBeDefined();
  }
});

test("what another tool has entered in index.json stays, with all that it names", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  const manifest = await storeImage(storage, "a/b", "1", "v1");
  await storage.tags.writeView();
  const index = await readFile(storage.paths.index, "utf8");
  await writeFile(storage.paths.index, index.replace("a/b:v1", "just-a-tag"));
  await storage.deleteManifest("a/b", manifest.descriptor.digest);
  await collectGarbage(storage, tomorrow);
  expect(await listDigests(storage.files, storage.paths.blobs)).toHaveLength(3);
});

test("blobs that an index names itself stay as long as it does", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  const digest = await storeBlob(storage, "a/b", "cached layer");
  const entry = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 12 };
  await storage.writeManifest("a/b", buildIndex("oci", [entry]), "cache");
  expect(await collectGarbage(storage, { ...tomorrow, untagged: true })).toMatchObject({ blobs: 0 });
  expect(await storage.statBlob("a/b", digest)).toBe(12);
});
