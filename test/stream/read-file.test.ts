import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { readFile } from "../../src/stream/read-file.ts";
import { readAll } from "../helpers/chunks.ts";
import { failSecondRead } from "../helpers/failing-reads.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const content = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => i % 251));

async function makeFile(): Promise<string> {
  const path = join(await makeTempFolder(), "file");
  await writeFile(path, content);
  return path;
}

test.each([
  [{}, content],
  [{ offset: 1_500_000 }, content.subarray(1_500_000)],
  [{ offset: 7, size: 2_000_000 }, content.subarray(7, 2_000_007)],
  [{ offset: 7, size: 0 }, Buffer.alloc(0)],
])("gives %j of a file", async (range, bytes) => {
  expect((await readAll(readFile(await makeFile(), range))).equals(bytes)).toBe(true);
});

test("a range that is not there any more is an error, not a short blob", async () => {
  const path = await makeFile();
  await truncate(path, 1_000_000);

  await expect(readAll(readFile(path, { offset: 10, size: 1_500_000 }))).rejects.toMatchObject({
    code: "ARCHIVE_CHANGED",
  });
});

test("a reader that is told to stop stops, and one that leaves is no error", async () => {
  const path = await makeFile();
  const stop = new AbortController();
  const chunks = readFile(path, { signal: stop.signal });
  await chunks.next();
  stop.abort(new Error("stop"));
  await expect(chunks.next()).rejects.toThrow("stop");

  const left = readFile(path);
  await left.next();
  await expect(left.return(undefined)).resolves.toMatchObject({ done: true });
});

test("what fails while a chunk is still looked at is thrown with the next one, and nowhere else", async () => {
  const chunks = readFile(await makeFile());
  await failSecondRead();
  expect((await chunks.next()).value).toHaveLength(10);
  for (let i = 0; i < 3; i++) await setImmediate();

  await expect(chunks.next()).rejects.toThrow("EIO");
});

test("reused buffers hold a chunk until the next one is asked for", async () => {
  const chunks = readFile(await makeFile(), { reuseBuffers: true });
  const seen: Buffer[] = [];
  const buffers = new Set<ArrayBufferLike>();
  for await (const chunk of chunks) {
    await setImmediate();
    seen.push(Buffer.from(chunk));
    buffers.add(chunk.buffer);
  }

  expect(Buffer.concat(seen).equals(content)).toBe(true);
  expect(buffers.size).toBe(2);
});
