import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(root, "docs/compatibility.md"), "utf8");
const listed = [...text.matchAll(/^(\d+)\. `(.+)`: "(.+)"$/gm)].map(([, number, file, name]) => ({
  number: Number(number),
  file: file ?? "",
  name: name ?? "",
}));

describe("docs/compatibility.md", () => {
  test.each(listed)("names a test that is there: $number, $name", ({ file, name }) => {
    expect(readFileSync(join(root, file), "utf8")).toContain(`"${name}"`);
  });

  test("lists each test that a cell refers to, and no other", () => {
    const cells = [...text.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
    const numbers = listed.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_number, at) => at + 1));
    expect([...new Set(cells)].sort((a, b) => a - b)).toEqual(numbers);
  });
});
