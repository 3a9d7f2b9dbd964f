import { assert, property, stringMatching } from "fast-check";
import { expect, test } from "vitest";
import { parseTagFileName, tagFileName } from "../../../src/storage/layout/tag-file-name.ts";

const tags = stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);

test("a tag comes back from its file's name, which any file system keeps", () => {
  assert(
    property(tags, (tag) => {
      const name = tagFileName(tag);
      expect(parseTagFileName(name)).toBe(tag);
      expect(name).toMatch(/^[a-z0-9._-]+@[0-9a-f]*$/);
      expect(name.length).toBeLessThan(200);
    }),
  );
});

test("tags that differ in case alone have names that differ in more", () => {
  const names = ["v1", "V1", "latest", "Latest", "LATEST"].map((tag) => tagFileName(tag).toLowerCase());
  expect(new Set(names).size).toBe(5);
});

test.each(["v1", "v1@1f", "V1@", "v1@.taken", "@", "..@", "v1@2@"])("%s is no tag's file", (name) => {
  expect(parseTagFileName(name)).toBeUndefined();
});
