import { expect, test } from "vitest";
import { didYouMean } from "../../../src/cli/output/did-you-mean.ts";

test("the word with a slip or two less is asked for, and nothing where there is none", () => {
  expect(didYouMean("svae", ["load", "save"])).toBe("Did you mean save? ");
  expect(didYouMean("svae", ["inventory"])).toBe("");
  expect(didYouMean("svae", [])).toBe("");
});
