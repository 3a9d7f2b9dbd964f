import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectChecksum, readChecksums } from "../../../src/cli/options/checksums.ts";
import { makeTempFolder } from "../../helpers/temp-folder.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];

async function writeSums(...texts: string[]): Promise<string[]> {
  const folder = await makeTempFolder();
  return Promise.all(
    texts.map(async (text, i) => {
      const path = join(folder, `sums-${i}.txt`);
      await writeFile(path, text);
      return path;
    }),
  );
}

async function readSums(...texts: string[]): Promise<Record<string, string>> {
  return Object.fromEntries(await readChecksums(await writeSums(...texts)));
}

describe("readChecksums", () => {
  test.each([
    ["as sha256sum writes it", `${a}  images.tar\n${b}  k3s\n`],
    ["in binary mode", `${a} *images.tar\n${b} *k3s\n`],
    ["with CRLF", `${a}  images.tar\r\n${b}  k3s\r\n`],
    ["with a byte order mark and no line end", `\u{feff}${a}  images.tar\n${b}  k3s`],
    ["with folders", `${a}  ./dist/artifacts/images.tar\n${b}  /srv/k3s\n`],
    ["in upper case", `${a.toUpperCase()}  images.tar\n${b.toUpperCase()}  k3s\n`],
    ["with a tab, empty lines and a comment", `# sums\n\n${a}\timages.tar\n${b}\tk3s\n\n`],
    ["with an escaped line", `\\${a}  images.tar\n${b}  k3s\n`],
  ])("a file %s", async (_, text) => {
    expect(await readSums(text)).toEqual({ "images.tar": a, k3s: b });
  });

  test("several files are one", async () => {
    expect(await readSums(`${a}  a.tar`, `${b}  b.tar`)).toEqual({ "a.tar": a, "b.tar": b });
  });

  test("a name may hold blanks", async () => {
    expect(await readSums(`${a}  my images.tar`)).toEqual({ "my images.tar": a });
  });

  test.each([
    ["a sum without a name", a],
    ["a short sum", `${a.slice(1)}  images.tar`],
    ["BSD's form", `SHA256 (images.tar) = ${a}`],
    ["something else", "<html>"],
  ])("%s is refused", async (_, text) => {
    const [path = ""] = await writeSums(text);
    await expect(readChecksums([path])).rejects.toMatchObject({
      code: "CHECKSUMS_INVALID",
      exitCode: 65,
      message: `Cannot read "${path}": want lines of sha256sum, 64 hex digits and a file name`,
    });
  });

  test("a file that is not there is refused", async () => {
    await expect(readChecksums(["/nowhere/sums.txt"])).rejects.toMatchObject({
      code: "FILE_NOT_READABLE",
      exitCode: 66,
    });
  });
});

describe("expectChecksum", () => {
  const sums = new Map([
    ["images.tar", a],
    ["-", b],
  ]);

  test("a file is known by its name, in whatever folder", () => {
    expect(expectChecksum(sums, "/media/usb/images.tar")).toBe(a);
  });

  test("standard input is called - as by sha256sum", () => {
    expect(expectChecksum(sums, "-")).toBe(b);
  });

  test.each(["/media/usb/other.tar", "-"])("%s that no file names is an error, not a pass", (path) => {
    expect(() => expectChecksum(new Map([["images.tar", a]]), path)).toThrow(
      expect.objectContaining({
        code: "CHECKSUM_MISSING",
        exitCode: 65,
        hint: expect.stringContaining("--checksums"),
      }),
    );
  });
});
