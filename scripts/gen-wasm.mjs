// Compiles src/deflate/assembly/decode-symbols.ts to WebAssembly and writes it, as text, to src/deflate/inflate/decode-symbols-wasm.ts:
// a program without a file beside it needs nothing to find. usage: npm run gen-wasm
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { compileAssembly } from "./wasm/compile-assembly.mjs";

const folder = resolve(import.meta.dirname, "../src/deflate");
const bytes = await compileAssembly(join(folder, "assembly/decode-symbols.ts"));
const lines = Buffer.from(bytes)
  .toString("base64")
  .match(/.{1,100}/g)
  .map((line) => `  "${line}"`);
writeFileSync(
  join(folder, "inflate/decode-symbols-wasm.ts"),
  `/** Base64 of WebAssembly, made by \`npm run gen-wasm\` from ../assembly/decode-symbols.ts. */
export const decodeSymbolsWasm: string =
${lines.join(" +\n")};
`,
);
