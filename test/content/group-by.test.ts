import { expect, test } from "vitest";
import { groupBy } from "../../src/content/group-by.ts";

test("groups come in the order of their first items, and items in their own", () => {
  const groups = groupBy(["b1", "a1", "b2"], (item) => item[0]);
  expect([...groups]).toEqual([
    ["b", ["b1", "b2"]],
    ["a", ["a1"]],
  ]);
  expect(groupBy([], String).size).toBe(0);
});
