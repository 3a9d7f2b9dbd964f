import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonSlices } from "../../../../src/cli/output/json/json-slices.ts";
import { stringifyJson } from "../../../../src/oci/json.ts";

test("a document comes in pieces as it would come whole", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 7 },
      fc.string({ unit: "binary" }),
      fc.constantFrom(0, 1.5, true, null, undefined, "\u{202e}", new Date(0)),
      fc.array(tie("any")),
      fc.dictionary(fc.string(), tie("any"), { noNullPrototype: true }),
    ),
  })).any;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (document) => {
      expect([...jsonSlices(document)].join("")).toBe(`${stringifyJson(document, 2)}\n`);
    }),
  );
});

function longest(document: Record<string, unknown>): number {
  return Math.max(...[...jsonSlices(document)].map(({ length }) => length));
}

test("no piece is longer than what one image has to tell", () => {
  const image = { title: "x".repeat(50), platforms: [{ platform: "linux/amd64", digest: "sha256:0" }] };
  const images = Array.from({ length: 2000 }, () => image);
  expect(longest({ images })).toBeLessThan(2 * stringifyJson(image, 2).length);
  expect(longest({ archives: [{ images }] })).toBeLessThan(2 * stringifyJson(image, 2).length);
});
