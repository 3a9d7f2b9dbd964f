import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Checksum, expectChecksum, readChecksums } from "../../../src/cli/options/checksums.ts";
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
  const sums = await readChecksums(await writeSums(...texts));
  return Object.fromEntries(sums.map(({ name = "", sum }) => [name, sum]));
}

describe("readChecksums", () => {
  test.each([
    ["as sha256sum writes it", `${a}  images.tar\n${b}  k3s\n`],
    ["in binary mode", `${a} *images.tar\n${b} *k3s\n`],
    ["with CRLF", `${a}  images.tar\r\n${b}  k3s\r\n`],
    ["with a byte order mark and no line end", `\u{feff}${a}  images.tar\n${b}  k3s`],
    ["of BSD", `SHA256 (images.tar) = ${a}\nSHA256 (k3s) = ${b}\n`],
    ["of openssl", `SHA2-256(images.tar)= ${a}\nSHA256(k3s)= ${b}\n`],
    [
      "of certutil",
      `SHA256 hash of images.tar:\n${a}\nCertUtil: -hashfile command completed successfully.\n` +
        `SHA256 hash of file k3s:\n${b.replaceAll("bb", "bb ")}\nCertUtil: -hashfile command completed successfully.\n`,
    ],
    [
      "of PowerShell",
      `Algorithm       Hash                    Path\n---------       ----       ----\n` +
        `SHA256          ${a.toUpperCase()}       images.tar\nSHA256          ${b}       k3s\n`,
    ],
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
    ["a short sum", `${a.slice(1)}  images.tar`],
    ["something else", "<html>"],
  ])("%s is refused with its line", async (_, text) => {
    const [path = ""] = await writeSums(text);
    await expect(readChecksums([path])).rejects.toMatchObject({
      code: "CHECKSUMS_INVALID",
      exitCode: 65,
      message: `Cannot read "${path}": want a sha256 sum in hex and a file name, got "${text.slice(0, 80)}"`,
    });
  });

  test("a file that is not there is refused", async () => {
    await expect(readChecksums(["/nowhere/sums.txt"])).rejects.toMatchObject({
      code: "FILE_NOT_READABLE",
      exitCode: 66,
    });
  });
});

function sum(name: string | undefined, hex: string, file = "/media/usb/SHA256SUMS"): Checksum {
  return { name, sum: hex, file };
}

describe("expectChecksum", () => {
  test("a file is known by its name, in whatever folder", () => {
    expect(expectChecksum([sum("images.tar", a), sum("other.tar", b)], "/mnt/images.tar")).toBe(a);
  });

  test("its path counts more than its name, seen from the checksum file", () => {
    const sums = [sum("amd64/images.tar", a), sum("./arm64/images.tar", b)];
    expect(expectChecksum(sums, "/media/usb/amd64/images.tar")).toBe(a);
    expect(expectChecksum(sums, "/media/usb/arm64/images.tar")).toBe(b);
    expect(expectChecksum(sums, "/elsewhere/arm64/images.tar")).toBe(b);
  });

  test("of a split file the whole counts, else all of its parts", () => {
    const parts = [sum("i.tar.part001", a), sum("i.tar.part002", b)];
    expect(expectChecksum([...parts, sum("i.tar", b)], "/mnt/i.tar.part001")).toBe(b);
    expect(expectChecksum(parts, "/mnt/i.tar.part001")).toEqual({ "i.tar.part001": a, "i.tar.part002": b });
    expect(expectChecksum([sum("i.tar.001", a)], "/mnt/i.tar.001")).toBe(a);
  });

  test("standard input is called - as by sha256sum", () => {
    expect(expectChecksum([sum("images.tar", a), sum("-", b)], "-")).toBe(b);
  });

  test("a bare sum is that of the file that its own file is named after, or of the only one", () => {
    const sums = [sum(undefined, a, "/x/images.tar.sha256"), sum(undefined, b, "/x/other.tar.sha256")];
    expect(expectChecksum(sums, "/x/other.tar")).toBe(b);
    expect(expectChecksum([sum(undefined, a, "/x/sum.txt")], "/x/images.tar")).toBe(a);
  });

  test.each([
    ["/media/usb/other.tar", [sum("images.tar", a)]],
    ["-", [sum("images.tar", a)]],
    ["/elsewhere/images.tar", [sum("amd64/images.tar", a), sum("arm64/images.tar", b)]],
  ])("%s that is not named, or as several, is an error, not a pass", (path, sums) => {
    expect(() => expectChecksum(sums, path)).toThrow(
      expect.objectContaining({
        code: "CHECKSUM_MISSING",
        exitCode: 65,
        hint: expect.stringContaining("--checksums"),
      }),
    );
  });
});
