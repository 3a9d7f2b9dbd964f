import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { compileAssembly, programs } from "../../scripts/wasm/compile-assembly.mjs";

const folder = resolve(import.meta.dirname, "../../src/deflate");

test.each(programs)("the WebAssembly in $target is what $source compiles to", async ({ source, target }) => {
  const wasm = Buffer.from(await compileAssembly(join(folder, source))).toString("base64");
  const lines = readFileSync(join(folder, target), "utf8").matchAll(/^ {2}"(.*)"/gm);

  expect([...lines].map(([, text]) => text).join("")).toBe(wasm);
});
