import type { CompressedInput } from "./compressed-input.ts";
import type { DeflateBlock } from "./deflate-block.ts";
import type { HuffmanTable } from "./huffman-table.ts";
import type { OutputWindow } from "./output-window.ts";
import { endOfBlock, noSymbol, special } from "./symbol-entries.ts";

/**
 * Decodes one symbol of a compressed block, checking all there is to check: near the end of the input, and where the
 * symbol itself is wanted, which the window's `lastDistance` then tells. True if it was the end of the block.
 */
export function decodeSymbol(input: CompressedInput, window: OutputWindow, block: DeflateBlock): boolean {
  const entry = readCode(input, block.literals);
  if (entry < 0) {
    input.checkEnd();
    window.lastDistance = 0;
    window.bytes[window.end++] = entry >> 16;
    return false;
  }
  if (entry & endOfBlock) {
    input.checkEnd();
    return true;
  }
  const length = readValue(input, entry);
  const distance = readValue(input, readCode(input, block.distances));
  input.checkEnd();
  copyMatch(input, window, length, distance);
  return false;
}

/** Reads a code, without its extra bits. */
function readCode(input: CompressedInput, table: HuffmanTable): number {
  let entry = table.entries[input.peek(table.tableBits)]!;
  if ((entry & (special | endOfBlock | noSymbol)) === special) {
    input.bit += table.tableBits;
    entry = table.entries[(entry >>> 16) + input.peek(codeBits(entry))]!;
  }
  input.bit += codeBits(entry);
  if (entry & noSymbol) {
    throw input.damaged("a code that stands for nothing");
  }
  return entry;
}

function readValue(input: CompressedInput, entry: number): number {
  return (entry >>> 16) + input.read((entry & 31) - codeBits(entry));
}

function codeBits(entry: number): number {
  return (entry >>> 8) & 15;
}

function copyMatch(input: CompressedInput, window: OutputWindow, length: number, distance: number): void {
  const { bytes } = window;
  if (window.end - distance < window.memberStart) {
    throw input.damaged("a distance that reaches before the start");
  }
  for (let left = length; left > 0; left--) {
    bytes[window.end] = bytes[window.end - distance]!;
    window.end++;
  }
  window.lastDistance = distance;
}
