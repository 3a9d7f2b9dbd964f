import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cleanPath } from "../../../src/archive/tar/clean-path.ts";

test.each([
  ["manifest.json", "manifest.json"],
  ["./manifest.json", "manifest.json"],
  ["././a//b/./c", "a/b/c"],
  ["a/b/../c", "a/c"],
  ["a/b/", "a/b"],
  ["__proto__/constructor", "__proto__/constructor"],
])("%s inside an archive is %s", (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});

test.each(["", ".", "./", "a/..", "/", "/etc/passwd", "..", "../a", "a/../../b", "./../a"])(
  "%j is not inside the archive",
  (path) => {
    expect(cleanPath(path)).toBeUndefined();
  },
);

test("a cleaned path stays as it is and never climbs", () => {
  const part = fc.oneof(fc.constantFrom("..", ".", "", "a"), fc.string());
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const clean = cleanPath(parts.join("/"));
      if (clean === undefined) return;
      expect(cleanPath(clean)).toBe(clean);
      expect(clean.split("/")).not.toContain("..");
    }),
  );
});
