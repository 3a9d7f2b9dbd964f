import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { main } from "assemblyscript/asc";

/** What is compiled, where to, and pages of 64 KiB that its memory has; paths from src/deflate. */
export const programs = [
  {
    source: "assembly/decoder/decode-symbols.ts",
    target: "inflate/decode-symbols-wasm.ts",
    name: "decodeSymbolsWasm",
    pages: 9,
  },
  {
    source: "assembly/encoder/deflate-piece.ts",
    target: "encode/deflate-piece-wasm.ts",
    name: "deflatePieceWasm",
    pages: 43,
  },
];

/**
 * WebAssembly of a program that needs no runtime, and whose memory never grows.
 * @param {string} path
 * @returns {Promise<Uint8Array>}
 */
export async function compileAssembly(path) {
  let bytes;
  const pages = String(programs.find(({ source }) => path.endsWith(source)).pages);
  const memory = ["--initialMemory", pages, "--maximumMemory", pages];
  const options = ["-O3", "--runtime", "stub", "--noAssert", ...memory];
  const { error } = await main([basename(path), ...options, "--outFile", "out.wasm"], {
    readFile: (name) => read(join(dirname(path), name)),
    writeFile: (name, content) => {
      if (name === "out.wasm") bytes = content;
    },
    listFiles: () => [],
    stderr: process.stderr,
  });
  if (error) throw new Error(`Cannot compile "${path}"`, { cause: error });
  return bytes;
}

/** Undefined files are asked for as well: where else an import could be. */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
