import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../dist/program");

test("a load starts without what few loads need: YAML, signatures, all of undici but requests", () => {
  const packages = listPackages(["main.js", nameOf("run-load-")]);
  expect(packages).toContain("undici");
  expect(packages).not.toContain("undici/index.js");
  expect(packages.filter((name) => /^(?:yaml|semver|@sigstore)\b/.test(name))).toEqual([]);
});

/** What files of the program bring along at once, as esbuild's comments name it. */
function listPackages(files: readonly string[]): string[] {
  const found = new Set<string>();
  const seen = new Set(files);
  for (const file of seen) {
    const text = readFileSync(join(folder, file), "utf8");
    const comments = /^\s*\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/(\S+)$/gm;
    for (const [, name = "", path = ""] of text.matchAll(comments)) {
      found.add(name).add(`${name}/${path.split("/").slice(0, 2).join("/")}`);
    }
    // Nothing else is at the start of a file: `import("...")` is for later.
    for (const [, next = ""] of text.matchAll(/^(?:\} from|import) "\.\/([^"]+)";$/gm)) seen.add(next);
  }
  return [...found];
}

function nameOf(start: string): string {
  return readdirSync(folder).find((name) => name.startsWith(start)) ?? start;
}
