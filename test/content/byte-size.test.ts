import { expect, test } from "vitest";
import { formatBytes } from "../../src/content/byte-size.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [1_234_567, "1.2 MB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [12_345_678_901, "12.3 GB"],
  [5e15, "5000.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
