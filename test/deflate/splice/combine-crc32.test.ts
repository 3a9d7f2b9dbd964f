import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { combineCrc32 } from "../../../src/deflate/splice/combine-crc32.ts";

test("gives the CRC-32 of two parts together", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 400 }), (first, second) => {
      const both = Buffer.concat([first, second]);
      expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(both));
    }),
  );
});

test("takes parts of any size", () => {
  const zeros = Buffer.alloc(40_000_000);
  expect(combineCrc32(crc32("a"), crc32(zeros), zeros.length)).toBe(crc32(zeros, crc32("a")));
});
