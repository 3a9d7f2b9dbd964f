import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWith } from "../helpers/judges/describe-with.ts";
import { findMissing } from "../helpers/processes/installed.ts";
import { runProgram } from "../helpers/processes/run-program.ts";

const root = resolve(import.meta.dirname, "../..");

describe("a release", () => {
  test("is told of in the changelog, whose newest version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    const changes = await runProgram(process.execPath, join(root, "scripts/print-changes.mjs"));
    expect(changes).toMatch(/^- /m);
    const versions = readFileSync(join(root, "CHANGELOG.md"), "utf8").matchAll(/^## (\d\S*?),? /gm);
    expect([...versions][0]?.[1]).toBe(version);
  });
});

describeWith(findMissing("actionlint"), "the workflows", () => {
  test("are as actionlint wants them", async () => {
    const folder = join(root, ".github/workflows");
    const paths = (await readdir(folder)).map((name) => join(folder, name));
    expect(await runProgram("actionlint", ...paths)).toBe("");
  });
});
