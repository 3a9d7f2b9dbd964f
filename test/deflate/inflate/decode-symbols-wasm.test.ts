import { resolve } from "node:path";
import { expect, test } from "vitest";
import { compileAssembly } from "../../../scripts/wasm/compile-assembly.mjs";
import { decodeSymbolsWasm } from "../../../src/deflate/inflate/decode-symbols-wasm.ts";

test("the WebAssembly is what its source compiles to", async () => {
  const source = resolve(import.meta.dirname, "../../../src/deflate/assembly/decode-symbols.ts");

  expect(Buffer.from(await compileAssembly(source)).toString("base64")).toBe(decodeSymbolsWasm);
});
