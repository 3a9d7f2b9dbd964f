import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestHex, digestOf } from "../../src/oci/digest.ts";
import { hashFileInThread } from "../../src/stream/hash-file-thread.ts";
import { makeTempFolder } from "../helpers/temp-folder.ts";

const mebibyte = 1024 * 1024;

test.each([0, 1, mebibyte, 3 * mebibyte + 7])(
  "hashes a file of %i bytes, and tells of all of them",
  async (size) => {
    const path = join(await makeTempFolder(), "file");
    const bytes = Buffer.alloc(size, "some text");
    await writeFile(path, bytes);
    let read = 0;
    const sha256 = await hashFileInThread(path, { onRead: (piece) => (read += piece) });
    expect([sha256, read]).toEqual([digestHex(digestOf(bytes)), size]);
  },
);

test("what cannot be read is told as the system tells it", async () => {
  const folder = await makeTempFolder();
  await expect(hashFileInThread(join(folder, "none"))).rejects.toMatchObject({
    code: "ENOENT",
    syscall: "open",
  });
  await expect(hashFileInThread(folder)).rejects.toMatchObject({ code: "EISDIR", syscall: "read" });
});

test("ends at once with the signal's reason", async () => {
  const path = join(await makeTempFolder(), "file");
  await writeFile(path, Buffer.alloc(8 * mebibyte));
  const stop = new AbortController();
  const reason = new Error("stopped");
  const hashing = hashFileInThread(path, { signal: stop.signal, onRead: () => stop.abort(reason) });
  await expect(hashing).rejects.toBe(reason);
  await expect(hashFileInThread(path, { signal: stop.signal })).rejects.toBe(reason);
});
