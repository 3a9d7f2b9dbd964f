import { expect, test } from "vitest";
import { findNearestWord, findSimilarWord } from "../../src/content/find-similar-word.ts";

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

test("the nearest word is told however unlike it is, the first of several that are as near", () => {
  expect(findNearestWord("inspection", commands)).toBe("inspect");
  expect(findNearestWord("1.3.9", ["1.3.1", "1.3.10", "2.0"])).toBe("1.3.1");
  expect(findNearestWord("load", [])).toBeUndefined();
});
