import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { errorCodes } from "../../src/oci/error-code.ts";

function documentedCodes(): string[] {
  const text = readFileSync(resolve(import.meta.dirname, "../../docs/errors.md"), "utf8");
  return [...text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].flatMap(([, cell = ""]) =>
    cell.replaceAll("`", "").split(", "),
  );
}

test("docs/errors.md has every code of the program, once, and no others", () => {
  expect(documentedCodes().sort()).toEqual([...errorCodes].sort());
});

test("every code is a shouted word", () => {
  for (const code of errorCodes) expect(code).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
});
