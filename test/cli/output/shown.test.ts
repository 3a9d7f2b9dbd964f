import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shown, shownJson } from "../../../src/cli/output/shown.ts";

const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test("of any text, lines stay and nothing in them is obeyed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const lines = shown(text).split(/[\n\t]/);
      expect(lines).toHaveLength(text.split(/[\n\t]/).length);
      expect(lines.some((line) => obeyed.test(line))).toBe(false);
    }),
  );
});

test("JSON comes back as it was, and nothing in it is obeyed", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\u{9b}31m", "\u{202e}", "\u{e0001}"));
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const json = shownJson({ value });
      expect(JSON.parse(json)).toEqual({ value });
      expect(obeyed.test(json.replaceAll("\n", ""))).toBe(false);
    }),
  );
});
