// Measures the deflate encoder in one thread, beside Node's zlib at level 6: CPU time and size for pieces of a file, in turn.
// usage: node scripts/bench-encoder.mjs FILE.tar [LEVEL...]     after npm run build
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { constants, deflateRawSync } from "node:zlib";
import { formatTable } from "./bench/format-table.mjs";
import { deflatePieceWasm } from "../dist/deflate/encode/deflate-piece-wasm.js";
import { pieceSize, windowSize } from "../dist/deflate/encode/encode-threads.js";

const [path, ...levels] = process.argv.slice(2);
const encoder = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(deflatePieceWasm, "base64")));
const { memory, input, deflatePiece } = encoder.exports;
const bytes = new Uint8Array(memory.buffer);
const mostPieces = 24;

const pieces = readPieces();
const candidates = [
  { title: "zlib, level 6", encode: encodeWithZlib },
  ...(levels.length > 0 ? levels.map(Number) : [1, 2, 3, 4, 5, 6]).map((level) => ({
    title: `level ${level}`,
    encode: (piece) => encode(piece, level),
  })),
];
const results = candidates.map(() => ({ seconds: 0, size: 0 }));
for (const { encode } of candidates) encode(pieces[0]);
for (const piece of pieces) {
  for (const [at, { encode }] of candidates.entries()) {
    const start = process.cpuUsage();
    results[at].size += encode(piece);
    const { user, system } = process.cpuUsage(start);
    results[at].seconds += (user + system) / 1e6;
  }
}
const [zlib] = results;
console.log(
  formatTable(
    ["", "MB/s", "x zlib", "size"],
    candidates.map(({ title }, at) => [
      title,
      ((pieces.length * pieceSize) / 1e6 / results[at].seconds).toFixed(1),
      (zlib.seconds / results[at].seconds).toFixed(2),
      `${((results[at].size / zlib.size - 1) * 100).toFixed(2)} %`,
    ]),
  ),
);

/** Pieces from all over the file, each with its history. */
function readPieces() {
  const file = openSync(path, "r");
  const step = Math.max(pieceSize, Math.floor(statSync(path).size / mostPieces));
  const found = [];
  for (let at = 0; at + windowSize + pieceSize <= statSync(path).size; at += step) {
    const piece = Buffer.alloc(windowSize + pieceSize);
    readSync(file, piece, 0, piece.length, at);
    found.push(piece);
  }
  closeSync(file);
  return found;
}

function encode(piece, level) {
  bytes.set(piece, input.value);
  return deflatePiece(windowSize, piece.length, level);
}

function encodeWithZlib(piece) {
  return deflateRawSync(piece.subarray(windowSize), {
    level: 6,
    dictionary: piece.subarray(0, windowSize),
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: pieceSize,
  }).length;
}
