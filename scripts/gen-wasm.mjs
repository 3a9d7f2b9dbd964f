// Compiles the AssemblyScript in src/deflate/assembly to WebAssembly and writes it, as text, beside what uses it: a program
// without a file beside it needs nothing to find. usage: npm run gen-wasm
import { writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { compileAssembly, programs } from "./wasm/compile-assembly.mjs";

const folder = resolve(import.meta.dirname, "../src/deflate");

for (const { source, target, name } of programs) {
  const lines = Buffer.from(await compileAssembly(join(folder, source)))
    .toString("base64")
    .match(/.{1,100}/g)
    .map((line) => `  "${line}"`);
  writeFileSync(
    join(folder, target),
    `/** Base64 of WebAssembly, made by \`npm run gen-wasm\` from ../assembly/${basename(source)}. */
export const ${name}: string =
${lines.join(" +\n")};
`,
  );
}
