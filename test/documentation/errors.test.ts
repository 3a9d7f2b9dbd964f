import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Every way in which the sources give an error its code; the last three are of tables and of their defaults. */
const givesCode = [
  /AirgapError\(\s*"([A-Z_]+)"/g,
  /\berror \[([A-Z_]+)\]/g,
  /\bcode: "([A-Z_]+)",\s*(?:exit|hint):/g,
  /\?\.code \?\? "([A-Z_]+)"/g,
];

function collectCodes(): Set<string> {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const text = files
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(root, "src", name), "utf8"))
    .join("\n");
  return new Set(givesCode.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code = ""]) => code)));
}

function documentedCodes(): string[] {
  const text = readFileSync(join(root, "docs/errors.md"), "utf8");
  return [...text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].flatMap(([, cell = ""]) =>
    cell.replaceAll("`", "").split(", "),
  );
}

test("docs/errors.md has every code of the program, once, and no others", () => {
  expect(documentedCodes().sort()).toEqual([...collectCodes()].sort());
});

test("every code is a shouted word", () => {
  for (const code of collectCodes()) expect(code).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
});
