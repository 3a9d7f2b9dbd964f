import { expect, test } from "vitest";
import { Inflation } from "../../../src/archive/spool/inflation.ts";

test("what comes out may be 64 GiB, or 200 times what went in, whichever is more", () => {
  const gibibyte = 1024 ** 3;
  let input = 1000;
  const inflation = new Inflation(() => input);
  inflation.add(64 * gibibyte);
  input = gibibyte;
  inflation.add(136 * gibibyte);
  expect(() => inflation.add(1)).toThrow(expect.objectContaining({ code: "ARCHIVE_TOO_LARGE" }));
});
