import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GrowingBytes } from "../../../src/deflate/splice/growing-bytes.ts";
import { pushNumber, readNumbers } from "../../../src/deflate/splice/packed-numbers.ts";

test("reads the numbers that were written, up to 2 ** 53", () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { maxLength: 200 }), (numbers) => {
      const bytes = new GrowingBytes();
      for (const number of numbers) pushNumber(bytes, number);
      expect([...readNumbers(bytes.toBytes())]).toEqual(numbers);
    }),
  );
});

test("takes one byte for small numbers", () => {
  const bytes = new GrowingBytes();
  for (const number of [0, 127, 128]) pushNumber(bytes, number);
  expect([...bytes.toBytes()]).toEqual([0, 127, 128, 1]);
});
