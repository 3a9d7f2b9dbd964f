import { resolve } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runProgram } from "../helpers/processes/run-program.ts";

const root = resolve(import.meta.dirname, "../..");

test("docs/cli.md and the manual page are what the program says (npm run gen-docs)", async () => {
  expect(await runProgram(process.execPath, resolve(root, "scripts/gen-docs.mjs"), "--check")).toBe("");
});

describeWith(findMissing("groff"), "groff", () => {
  test("sets the manual page without a warning", async () => {
    const page = resolve(root, "man/airgap-load.1");
    // The shell joins what groff complains of to its output.
    expect(await runProgram("sh", "-c", 'groff -man -Tutf8 -ww -z "$1" 2>&1', "sh", page)).toBe("");
  });
});
