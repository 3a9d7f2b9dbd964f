import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  digestAlgorithm,
  digestHex,
  digestOf,
  isDigest,
  parseDigest,
  sha256Digest,
  shortDigest,
} from "../../src/oci/digest.ts";

const emptyHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("the digest of bytes is their sha256", () => {
  expect(digestOf("")).toBe(`sha256:${emptyHex}`);
  expect(digestOf(new Uint8Array(0))).toBe(digestOf(""));
});

test("a digest comes apart into algorithm and hex", () => {
  const long = parseDigest(`sha512:${"ab".repeat(64)}`);
  expect([digestAlgorithm(long), digestHex(long)]).toEqual(["sha512", "ab".repeat(64)]);
  const short = sha256Digest(emptyHex);
  expect([digestAlgorithm(short), digestHex(short), shortDigest(short)]).toEqual([
    "sha256",
    emptyHex,
    "e3b0c44298fc",
  ]);
});

test.each([
  "",
  "sha256:",
  emptyHex,
  `sha256:${emptyHex.slice(1)}`,
  `sha256:${emptyHex}0`,
  `sha256:${emptyHex.toUpperCase()}`,
  `sha256:${emptyHex}\n`,
  `sha256:../../../${emptyHex.slice(9)}`,
  `sha512:${emptyHex}`,
  `md5:${"a".repeat(32)}`,
])("%j is no digest", (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: "DIGEST_INVALID" }));
});

test("what is refused is told without control characters", () => {
  expect(() => parseDigest("\u{1b}[2J")).toThrow('Cannot read digest "\\u{1b}[2J"');
});

test("whatever is taken for a digest is safe in a URL and a path", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."sha256:512/.%abcdef0".split("")), maxLength: 140 }),
      (text) => {
        expect(isDigest(text) && /[/.%]/.test(text)).toBe(false);
      },
    ),
  );
});
