import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { inflateFrom } from "../../../src/deflate/splice/inflate-from.ts";
import { replayBlob } from "../../../src/deflate/splice/replay-blob.ts";
import { readAll } from "../../helpers/chunks.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";
import { makeContent } from "../contents.ts";
import { gap, type SplicedEntry, spliceEntries } from "../splice-entries.ts";

const content = makeContent({ kind: "binary", size: 3_000_000, seed: 1 });

async function spliceFile(): Promise<SplicedEntry & { readonly path: string; readonly archive: Buffer }> {
  const path = join(await makeTempFolder(), "archive.gz");
  const archive = gzipSync(Buffer.concat([Buffer.alloc(gap), content]));
  await writeFile(path, archive);
  const [entry] = spliceEntries(archive, [content.length]);
  if (!entry) throw new Error("nothing was spliced");
  return { ...entry, path, archive };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list: Uint8Array[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return list;
}

test("keeps little in memory to replay a blob by", async () => {
  const { blob } = await spliceFile();
  expect(blob.replay.literals.length + blob.replay.operations.length).toBeLessThan(40_000);
});

test("replays as often as wanted, at the same time too", async () => {
  const { path, blob, bytes } = await spliceFile();
  const both = await Promise.all([
    readAll(replayBlob({ path }, blob.replay)),
    readAll(replayBlob({ path }, blob.replay)),
  ]);
  expect(both.map((again) => again.equals(bytes))).toEqual([true, true]);
});

test("gives the same bytes in buffers that are used again", async () => {
  const { path, blob, bytes } = await spliceFile();
  const again = replayBlob({ path }, blob.replay, { reuseBuffers: true });
  expect((await readAll(again)).equals(bytes)).toBe(true);
});

test("gives chunks that stay as they are", async () => {
  const { path, blob, bytes, checkpoint } = await spliceFile();
  const chunks = await collect(replayBlob({ path }, blob.replay));
  expect(chunks.length).toBeGreaterThan(1);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  const inflated = await collect(inflateFrom({ path }, checkpoint, content.length));
  expect(Buffer.concat(inflated).equals(content)).toBe(true);
});

test("says that the archive was changed where it has become too short", async () => {
  const { path, blob, archive } = await spliceFile();
  await truncate(path, archive.length >>> 1);
  await expect(readAll(replayBlob({ path }, blob.replay))).rejects.toMatchObject({
    code: "ARCHIVE_CHANGED",
    exitCode: 65,
  });
});

test("says that the archive is damaged where inflating again meets its end", async () => {
  const { path, checkpoint, archive } = await spliceFile();
  const early = inflateFrom({ path }, checkpoint, content.length + 1);
  await expect(readAll(early)).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  await truncate(path, archive.length >>> 1);
  const cut = inflateFrom({ path }, checkpoint, content.length);
  await expect(readAll(cut)).rejects.toThrow("it is cut off here");
});

test("stops when it is told to", async () => {
  const { path, checkpoint, blob } = await spliceFile();
  for (const open of [
    (signal: AbortSignal) => replayBlob({ path }, blob.replay, { signal }),
    (signal: AbortSignal) => inflateFrom({ path }, checkpoint, content.length, signal),
  ]) {
    await expect(readAll(open(AbortSignal.abort(new Error("stop"))))).rejects.toThrow("stop");
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of open(controller.signal)) controller.abort(new Error("stop"));
    })();
    await expect(reading).rejects.toThrow("stop");
  }
});
