import { expect, test } from "vitest";
import { decodeText } from "../../src/content/decode-text.ts";

const text = "rancher/pause:3.1 # é\r\n";

function utf16(written: string, isBig: boolean): Buffer {
  const bytes = Buffer.from(written, "utf16le");
  return isBig ? bytes.swap16() : bytes;
}

test.for([
  ["UTF-8", Buffer.from(text)],
  ["UTF-8 with its mark", Buffer.from(`\u{feff}${text}`)],
  ["UTF-16, little end first, with its mark", utf16(`\u{feff}${text}`, false)],
  ["UTF-16, big end first, with its mark", utf16(`\u{feff}${text}`, true)],
  ["UTF-16, little end first, without one", utf16(text, false)],
  ["UTF-16, big end first, without one", utf16(text, true)],
] as const)("a file in %s is read, its mark taken off", ([, bytes]) => {
  expect(decodeText(bytes)).toBe(text);
});

test("an empty file, and one of a single character, are UTF-8", () => {
  expect(["", "a"].map((each) => decodeText(Buffer.from(each)))).toEqual(["", "a"]);
});
