import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { digestHex, digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, buildManifest } from "../../../src/oci/manifest.ts";
import { DirectoryStorage } from "../../../src/storage/directory/directory-storage.ts";
import { describeWith } from "../../helpers/judges/describe-with.ts";
import { runProgram } from "../../helpers/processes/run-program.ts";
import { missingSkopeo } from "../../helpers/judges/skopeo.ts";
import { storeBlob, storeImage } from "../../helpers/archives/store-image.ts";
import { failSecondRead } from "../../helpers/failing-reads.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}

async function* breakOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("abc");
  throw new Error("connection lost");
}

async function copy(from: string, to: string): Promise<void> {
  await runProgram("skopeo", "--insecure-policy", "copy", "--quiet", from, to);
}

describe("a directory that is opened again", () => {
  test("has all that was written to it", async () => {
    const folder = await makeTempFolder();
    const first = await DirectoryStorage.open(folder);
    const manifest = await storeImage(first, "rancher/pause", "a", "3.6");
    const untagged = await storeImage(first, "rancher/pause", "b");
    await first[Symbol.asyncDispose]();
    await using second = await DirectoryStorage.open(folder);
    expect(await second.listRepositories()).toEqual(["rancher/pause"]);
    expect(await second.listTags("rancher/pause")).toEqual(new Map([["3.6", manifest.descriptor.digest]]));
    expect((await second.readManifest("rancher/pause", "3.6"))?.bytes).toEqual(Buffer.from(manifest.bytes));
    expect(await second.readManifest("rancher/pause", untagged.descriptor.digest)).toBeDefined();
    const [layer] = manifest.layers;
    expect(layer && (await readAll(second.readBlob(layer.digest)))).toBe("layer a");
  });

  test("has no trace of what was not finished", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const upload = await storage.startUpload("a/b");
    await upload.append(Readable.from([Buffer.from("half of it")]));
    expect(await readdir(join(folder, "blobs", "sha256"))).toEqual([]);
    await expect(upload.commit(digestOf("another"))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await readdir(join(folder, "uploads"))).toEqual([]);
    expect(await storage.listRepositories()).toEqual([]);
  });

  test("is byte for byte the same, in whatever order tags were pushed", async () => {
    const states: string[] = [];
    for (const tags of [
      ["b", "a", "c"],
      ["c", "b", "a"],
    ]) {
      const folder = await makeTempFolder();
      await using storage = await DirectoryStorage.open(folder);
      for (const tag of tags) await storeImage(storage, "x/y", tag, tag);
      await storage.tags.writeView();
      states.push(await readFile(join(folder, "index.json"), "utf8"));
    }
    expect(states[0]).toBe(states[1]);
  });
});

describe("a blob that is lent", () => {
  const bytes = Buffer.from(Array.from({ length: 600_000 }, (_, at) => (at * 7919) >> 8));

  test("gives exactly the bytes of a range, whatever pieces it comes in", async () => {
    await using storage = await DirectoryStorage.open(await makeTempFolder());
    const digest = await storeBlob(storage, "a/b", bytes);
    for (const [start, end] of [
      [0, bytes.length - 1],
      [0, 0],
      [262_143, 262_144],
      [1, 524_288],
      [599_999, 599_999],
    ] as const) {
      const pieces: Buffer[] = [];
      for await (const piece of storage.lendBlob(digest, { start, end })) pieces.push(Buffer.from(piece));
      expect(Buffer.concat(pieces).equals(bytes.subarray(start, end + 1))).toBe(true);
    }
  });

  test("whose disk fails while a piece is lent says so with the next one, and nowhere else", async () => {
    await using storage = await DirectoryStorage.open(await makeTempFolder());
    const digest = await storeBlob(storage, "a/b", bytes);
    const pieces = storage.lendBlob(digest, { start: 0, end: bytes.length - 1 })[Symbol.asyncIterator]();
    await failSecondRead();
    expect((await pieces.next()).value).toHaveLength(10);
    for (let i = 0; i < 3; i++) await setImmediate();
    await expect(pieces.next()).rejects.toThrow("EIO");
  });

  test("comes in two buffers, however large it is", async () => {
    await using storage = await DirectoryStorage.open(await makeTempFolder());
    const digest = await storeBlob(storage, "a/b", Buffer.concat([bytes, bytes, bytes]));
    const buffers = new Set<ArrayBufferLike>();
    for await (const piece of storage.lendBlob(digest, { start: 0, end: 3 * bytes.length - 1 })) {
      buffers.add(piece.buffer);
    }
    expect(buffers.size).toBe(2);
  });

  test("is refused where its file is shorter by now", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const digest = await storeBlob(storage, "a/b", bytes);
    await writeFile(storage.paths.blob(digest), bytes.subarray(0, 300_000));
    const lent = storage.lendBlob(digest, { start: 0, end: bytes.length - 1 });
    await expect(readAll(lent)).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
  });
});

describe("an upload", () => {
  test("keeps what came before its body broke off, and goes on from there", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const upload = await storage.startUpload("a/b");
    await expect(upload.append(breakOff())).rejects.toThrow("connection lost");
    expect(upload.offset).toBe(3);
    await upload.append(Readable.from([Buffer.from("def")]));
    expect(await upload.commit(digestOf("abcdef"))).toBe(6);
    expect(await storage.statBlob("a/b", digestOf("abcdef"))).toBe(6);
  });

  test("is known to its own repository only", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const { id } = await storage.startUpload("a/b");
    expect(storage.findUpload("a/b", id)).toBeDefined();
    expect(storage.findUpload("c/d", id)).toBeUndefined();
  });

  test("expires when nobody touches it, and so do files of earlier lives", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const upload = await storage.startUpload("a/b");
    await upload.append(Readable.from([Buffer.from("abc")]));
    const left = [randomUUID(), `part-${randomUUID()}`, "a-letter-of-mine"];
    for (const name of left) await writeFile(join(folder, "uploads", name), "left behind");
    await storage.expireUploads();
    expect(await readdir(join(folder, "uploads"))).toHaveLength(4);
    await storage.expireUploads(Date.now() + 3_600_001);
    expect(storage.findUpload("a/b", upload.id)).toBeUndefined();
    expect((await readdir(join(folder, "uploads"))).sort()).toEqual([...left].sort());
    await storage.expireUploads(Date.now() + 86_400_001);
    expect(await readdir(join(folder, "uploads"))).toEqual(["a-letter-of-mine"]);
  });

  test("does not expire while bytes arrive, however long its request lasts", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const upload = await storage.startUpload("a/b");
    const tomorrow = Date.now() + 86_400_000;
    await upload.append(Readable.from([Buffer.from("abc")]));
    await storage.expireUploads();
    vi.spyOn(Date, "now").mockReturnValue(tomorrow);
    await upload.append(Readable.from([Buffer.from("def")]));
    await utimes(join(folder, "uploads", upload.id), tomorrow / 1000, tomorrow / 1000);
    await storage.expireUploads();
    expect(await upload.commit(digestOf("abcdef"))).toBe(6);
  });

  test("without a byte is given up when a thousand others are open", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const begun = await storage.startUpload("a/b");
    await begun.append(Readable.from([Buffer.from("abc")]));
    const idle = await storage.startUpload("a/b");
    const other = await storage.startUpload("a/b");
    for (let i = 0; i < 998; i++) await storage.startUpload("a/b");
    const ids = [begun, idle, other].map(({ id }) => storage.findUpload("a/b", id)?.id);
    expect(ids).toEqual([begun.id, undefined, other.id]);
  });
});

describe("a directory that several processes share", () => {
  test("loses no tag, whoever writes", async () => {
    const folder = await makeTempFolder();
    await using first = await DirectoryStorage.open(folder);
    await using second = await DirectoryStorage.open(folder);
    const names = Array.from({ length: 20 }, (_, i) => `v${i}`);
    await Promise.all(names.map((name, i) => storeImage(i % 2 ? first : second, "a/b", name, name)));
    for (const storage of [first, second]) {
      expect([...((await storage.listTags("a/b")) ?? new Map()).keys()]).toEqual([...names].sort());
    }
  });
});

test("what is cleared away of the folder for uploads is made again, and pushes go on", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  for (const seed of ["1", "2"]) {
    await rm(storage.paths.uploads, { recursive: true });
    await storeImage(storage, "a/b", seed, `v${seed}`);
  }
  await rm(storage.paths.uploads, { recursive: true });
  await storage.tags.writeView();
  expect(await storage.listTags("a/b")).toHaveProperty("size", 2);
});

describe("a layout of another tool", () => {
  test("is served without a byte being written where it is read-only", async () => {
    const folder = await makeTempFolder();
    const writer = await DirectoryStorage.open(folder);
    const manifest = await storeImage(writer, "a/b", "1", "v1");
    await writer[Symbol.asyncDispose]();
    await runProgram(
      "rm",
      "-r",
      ...["repositories", "uploads", "index.json.lock"].map((name) => join(folder, name)),
    );
    await chmod(folder, 0o500);
    await using storage = await DirectoryStorage.open(folder, { readOnly: true });
    expect(await storage.statBlob("a/b", manifest.config.digest)).toBe(manifest.config.size);
    expect(await storage.listTags("a/b")).toEqual(new Map([["v1", manifest.descriptor.digest]]));
    const read = await storage.readManifest("a/b", manifest.descriptor.digest);
    expect(read?.descriptor).toEqual(manifest.descriptor);
    expect(await storage.readManifest("a/b", manifest.config.digest)).toBeUndefined();
    expect((await readdir(folder)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    await chmod(folder, 0o700);
  });

  test("may be damaged in one image, and the others are served", async () => {
    const folder = await makeTempFolder();
    const writer = await DirectoryStorage.open(folder);
    const broken = await storeImage(writer, "a/broken", "1", "v1");
    await storeImage(writer, "a/sound", "2", "v1");
    await writer[Symbol.asyncDispose]();
    await runProgram("rm", "-r", join(folder, "repositories"));
    await writeFile(join(folder, "blobs", "sha256", digestHex(broken.descriptor.digest)), "{");
    await using storage = await DirectoryStorage.open(folder);
    expect(await storage.listRepositories()).toEqual(["a/broken", "a/sound"]);
    expect(await storage.listManifests("a/sound")).toHaveLength(1);
  });
});

describe("what is refused", () => {
  test("a directory with other things in it", async () => {
    const folder = await makeTempFolder();
    await mkdir(join(folder, "photos"));
    await expect(DirectoryStorage.open(folder)).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    expect(await readdir(folder)).toEqual(["photos"]);
  });

  test("a layout of a version that is not known", async () => {
    const folder = await makeTempFolder();
    await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    await expect(DirectoryStorage.open(folder)).rejects.toThrow('want "1.0.0"');
  });

  test("a path that is a file", async () => {
    const folder = await makeTempFolder();
    await writeFile(join(folder, "file"), "");
    await expect(DirectoryStorage.open(join(folder, "file"))).rejects.toMatchObject({
      code: "LAYOUT_NOT_WRITABLE",
    });
  });

  test("a read-only layout that is none", async () => {
    const folder = await makeTempFolder();
    await expect(DirectoryStorage.open(folder, { readOnly: true })).rejects.toThrow("no index.json");
  });

  test("a list without its child, a manifest without its blob", async () => {
    const folder = await makeTempFolder();
    await using storage = await DirectoryStorage.open(folder);
    const manifest = await storeImage(storage, "a/b", "1");
    const elsewhere = storage.writeManifest("c/d", manifest, "v1");
    await expect(elsewhere).rejects.toMatchObject({ code: "MANIFEST_BLOB_UNKNOWN" });
    const index = buildIndex("oci", [manifest.descriptor]);
    await expect(storage.writeManifest("c/d", index)).rejects.toMatchObject({
      code: "MANIFEST_BLOB_UNKNOWN",
    });
    const lying = buildManifest("oci", { ...manifest.config, size: 1 }, manifest.layers);
    await expect(storage.writeManifest("a/b", lying)).rejects.toMatchObject({ code: "SIZE_INVALID" });
    expect(await storage.listTags("c/d")).toBeUndefined();
  });
});

test("a tag that is pushed again with the same content is not written again", async () => {
  const folder = await makeTempFolder();
  await using storage = await DirectoryStorage.open(folder);
  await storeImage(storage, "a/b", "1", "v1");
  const before = await stat(storage.paths.tag("a/b", "v1"));
  await storeImage(storage, "a/b", "1", "v1");
  await storeBlob(storage, "a/b", "another");
  expect((await stat(storage.paths.tag("a/b", "v1"))).ino).toBe(before.ino);
});

describeWith(missingSkopeo, "a layout of skopeo", () => {
  test("is served once its entries have names, and skopeo reads what we wrote", async () => {
    const folder = await makeTempFolder();
    const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
    const writer = await DirectoryStorage.open(ours);
    const manifest = await storeImage(writer, "rancher/pause", "a", "3.6");
    await writer[Symbol.asyncDispose]();
    await copy(`oci:${ours}:rancher/pause:3.6`, `oci:${theirs}:mirror/pause:1`);
    await copy(`oci:${ours}:rancher/pause:3.6`, `oci:${theirs}:just-a-tag`);
    await using storage = await DirectoryStorage.open(theirs);
    expect(await storage.listRepositories()).toEqual(["mirror/pause"]);
    expect(await storage.statBlob("mirror/pause", manifest.config.digest)).toBe(manifest.config.size);
    await storeImage(storage, "a/b", "2", "v2");
    await copy(`oci:${theirs}:just-a-tag`, `dir:${join(folder, "out")}`);
  });
});
