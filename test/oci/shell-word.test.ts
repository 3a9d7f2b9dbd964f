import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "../../src/oci/printable.ts";
import { shellWord } from "../../src/oci/shell-word.ts";

test("what needs no quotes gets none", () => {
  expect(shellWord("docker.io/library/x:1=linux/arm/v7")).toBe("docker.io/library/x:1=linux/arm/v7");
});

test("a shell takes any text for one word without effects", () => {
  const hostile = ["$(touch x)", "`id`", "a;b", "it's", "", "windows(10)/amd64", "a\nb", "!!", "~", "\\"];
  const words = [...hostile, ...fc.sample(fc.string({ unit: "binary" }), 30)];
  const shown = execFileSync("sh", ["-c", `printf '%s\\n' ${words.map(shellWord).join(" ")}`], {
    encoding: "utf8",
  });
  expect(shown).toBe(`${words.map((word) => printable(word)).join("\n")}\n`);
});
