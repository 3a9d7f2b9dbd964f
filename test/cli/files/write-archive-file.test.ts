import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compressionOfName, writeArchiveFile } from "../../../src/cli/files/write-archive-file.ts";
import { digestHex, digestOf } from "../../../src/oci/digest.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const terminal = createFakeTerminal();

describe("writeArchiveFile", () => {
  test.each(["none", "gzip"] as const)(
    "writes a file and tells its size and sha256: %s",
    async (compression) => {
      const path = join(await makeTempFolder(), "images");
      const { size, sha256 } = await writeArchiveFile(path, words("one ", "two"), compression, terminal);
      const bytes = await readFile(path);
      expect([bytes.length, digestHex(digestOf(bytes))]).toEqual([size, sha256]);
      expect((compression === "gzip" ? gunzipSync(bytes) : bytes).toString()).toBe("one two");
    },
  );

  test("writes what is more than one write takes, in its order", async () => {
    const path = join(await makeTempFolder(), "images");
    const chunks = Array.from({ length: 40 }, (_, at) => Buffer.alloc(100_000 + at, at));
    await writeArchiveFile(path, Readable.from(chunks), "none", terminal);
    expect(digestOf(await readFile(path))).toBe(digestOf(Buffer.concat(chunks)));
  });

  test("leaves the old file, and nothing else, where the new one does not come to its end", async () => {
    const folder = await makeTempFolder();
    const path = join(folder, "images");
    await writeFile(path, "old");
    await expect(writeArchiveFile(path, broken(), "none", terminal)).rejects.toThrow("line cut");
    expect(await readdir(folder)).toEqual(["images"]);
    expect(await readFile(path, "utf8")).toBe("old");
  });

  test.runIf(process.platform !== "win32")("writes into a device, and leaves it one", async () => {
    const { size } = await writeArchiveFile("/dev/null", megabytes(40), "none", terminal);
    expect([size, (await stat("/dev/null")).isCharacterDevice()]).toEqual([40 << 20, true]);
  });

  test("says where it cannot write", async () => {
    const path = join(await makeTempFolder(), "missing", "images");
    await expect(writeArchiveFile(path, words("x"), "none", terminal)).rejects.toMatchObject({
      code: "FILE_NOT_WRITABLE",
      exitCode: 73,
    });
  });

  test("says that the disk is full", async () => {
    const path = join(await makeTempFolder(), "images");
    await expect(writeArchiveFile(path, full(), "none", terminal)).rejects.toMatchObject({
      code: "FILE_NOT_WRITABLE",
      exitCode: 74,
      message: `Cannot write "${path}": the disk is full (ENOSPC)`,
    });
  });

  test.each([
    ["a.tar", "none"],
    ["a.tar.gz", "gzip"],
    ["a.TGZ", "gzip"],
    ["a.tar.zst", "zstd"],
    ["-", "none"],
  ])("the name %s stands for %s", (name, compression) => {
    expect(compressionOfName(name)).toBe(compression);
  });
});

async function* words(...all: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const word of all) yield Buffer.from(word);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("new");
  throw new Error("line cut");
}

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(1 << 20);
}

async function* full(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject(Object.assign(new Error("ENOSPC: write"), { code: "ENOSPC", syscall: "write" }));
}
