import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { main } from "assemblyscript/asc";

/**
 * WebAssembly of an AssemblyScript file that needs no runtime; its memory is 9 pages of 64 KiB, and never grows.
 * @param {string} path
 * @returns {Promise<Uint8Array>}
 */
export async function compileAssembly(path) {
  let bytes;
  const options = ["-O3", "--runtime", "stub", "--noAssert", "--initialMemory", "9", "--maximumMemory", "9"];
  const { error } = await main([basename(path), ...options, "--outFile", "out.wasm"], {
    readFile: (name) => (name === basename(path) ? readFileSync(path, "utf8") : null),
    writeFile: (name, content) => {
      if (name === "out.wasm") bytes = content;
    },
    listFiles: () => [],
    stderr: process.stderr,
  });
  if (error) throw new Error(`Cannot compile "${path}"`, { cause: error });
  return bytes;
}
