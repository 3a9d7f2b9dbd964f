import type { CompressedInput } from "./compressed-input.ts";
import { decodeSymbol } from "./decode-symbol.ts";
import type { DeflateBlock } from "./deflate-block.ts";
import type { OutputWindow } from "./output-window.ts";
import { decodeMargin, type SymbolDecoder } from "./symbol-decoder.ts";

/**
 * Decodes a block up to its end, or to the first place between two symbols where the window is filled up to `limit` or at
 * most 257 bytes more, or as far as the input goes; where it stops for one of the first two does not depend on how the
 * input was cut into chunks. True at the end of the block.
 */
export function decodeBlock(
  decoder: SymbolDecoder,
  input: CompressedInput,
  window: OutputWindow,
  block: DeflateBlock,
  limit: number,
): boolean {
  while (window.end < limit && input.has(decodeMargin)) {
    const atEnd = block.stored
      ? copyStored(input, window, block, limit)
      : decodeSome(decoder, input, window, block, limit);
    if (atEnd) {
      return true;
    }
  }
  return false;
}

function copyStored(
  input: CompressedInput,
  window: OutputWindow,
  block: DeflateBlock,
  limit: number,
): boolean {
  if (block.storedRest === 0) {
    return true;
  }
  const from = input.bit >>> 3;
  const count = Math.min(block.storedRest, limit - window.end, input.available);
  if (count === 0) {
    throw input.cutOff();
  }
  window.bytes.set(input.bytes.subarray(from, from + count), window.end);
  window.end += count;
  window.lastDistance = 0;
  input.bit += count * 8;
  block.storedRest -= count;
  return false;
}

function decodeSome(
  decoder: SymbolDecoder,
  input: CompressedInput,
  window: OutputWindow,
  block: DeflateBlock,
  limit: number,
): boolean {
  if (window.end === limit - 1 || input.available < decodeMargin) {
    return decodeSymbol(input, window, block);
  }
  const stop = decoder.decode(input, window, limit);
  if (stop === "noSymbol") {
    throw input.damaged("a code that stands for nothing");
  }
  if (stop === "tooFar") {
    throw input.damaged("a distance that reaches before the start");
  }
  return stop === "endOfBlock";
}
