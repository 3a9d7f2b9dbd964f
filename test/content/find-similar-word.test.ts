import { expect, test } from "vitest";
import { findSimilarWord } from "../../src/content/find-similar-word.ts";

const commands = ["load", "inspect", "serve"];

test.each([
  ["laod", "load"],
  ["lod", "load"],
  ["loads", "load"],
  ["inspcet", "inspect"],
  ["serv", "serve"],
  ["load", "load"],
  ["publish", undefined],
  ["", undefined],
  ["x", undefined],
])("%j was meant as %s", (word, meant) => {
  expect(findSimilarWord(word, commands)).toBe(meant);
});

test("nothing is similar among nothing", () => {
  expect(findSimilarWord("load", [])).toBeUndefined();
});
