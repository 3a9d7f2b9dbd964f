import type { CompressedInput } from "./compressed-input.ts";
import type { DeflateBlock } from "./deflate-block.ts";
import type { OutputWindow } from "./output-window.ts";

/** Bytes of input that must be available for the loop to make a step. */
export const decodeMargin = 32;
/** What one turn of the loop reads: five refills of up to three bytes, the last one four bytes wide. */
const bytesPerTurn = 19;

export type DecodeStop = "margin" | "endOfBlock" | "noSymbol" | "tooFar";

/**
 * Decodes symbols of a compressed block until one less than `limit` or more of the window is filled, or until the input
 * runs low. It stops between two symbols, and never behind the first such place at or after `limit`.
 *
 * This loop is where the time goes, hence one long function: all state is in locals, nothing is called or allocated, and
 * the next table entry is fetched before the buffer is refilled and before a match is copied. After a refill `buffer` has
 * at least 24 bits. Their number is in the lowest five bits of `count`; what is above is never looked at, so that entries
 * can be subtracted whole.
 */
export function decodeSymbols(
  input: CompressedInput,
  window: OutputWindow,
  block: DeflateBlock,
  limit: number,
): DecodeStop {
  const source = input.view;
  const bytes = window.bytes;
  const words = window.view;
  const literals = block.literals.entries;
  const distances = block.distances.entries;
  const memberStart = window.memberStart;
  const lastOut = limit - 1;
  const lastNext = input.end - bytesPerTurn;
  // The constants of deflate-block.ts and symbol-entries.ts once more: V8 does not fold imported ones, which costs up to 8 %.
  const literalMask = 0x7ff;
  const distanceMask = 0xff;
  const special = 0x8000;
  const endOfBlock = 0x4000;
  const noSymbol = 0x2000;
  let stop: DecodeStop = "margin";

  let out = window.end;
  let next = (input.bit >>> 3) + 3;
  let count = 24 - (input.bit & 7);
  let buffer = (source.getInt32(next - 3, true) & 0xffffff) >>> (input.bit & 7);
  buffer |= source.getInt32(next, true) << count;
  next = (next + ((31 - (count & 31)) >> 3)) | 0;
  count |= 24;
  let entry = literals[buffer & literalMask]!;

  while (out < lastOut && next < lastNext) {
    if (entry < 0) {
      buffer >>>= entry;
      count = (count - entry) | 0;
      bytes[out] = entry >> 16;
      out = (out + 1) | 0;
      entry = literals[buffer & literalMask]!;
      buffer |= source.getInt32(next, true) << count;
      next = (next + ((31 - (count & 31)) >> 3)) | 0;
      count |= 24;
      if (entry < 0) {
        buffer >>>= entry;
        count = (count - entry) | 0;
        bytes[out] = entry >> 16;
        out = (out + 1) | 0;
        entry = literals[buffer & literalMask]!;
        buffer |= source.getInt32(next, true) << count;
        next = (next + ((31 - (count & 31)) >> 3)) | 0;
        count |= 24;
        continue;
      }
    }
    if (entry & special) {
      if (!(entry & (endOfBlock | noSymbol))) {
        buffer >>>= entry;
        count = (count - entry) | 0;
        buffer |= source.getInt32(next, true) << count;
        next = (next + ((31 - (count & 31)) >> 3)) | 0;
        count |= 24;
        entry = literals[(entry >>> 16) + (buffer & ((1 << (entry >>> 8)) - 1))]!;
      }
      if (entry < 0) {
        buffer >>>= entry;
        count = (count - entry) | 0;
        bytes[out] = entry >> 16;
        out = (out + 1) | 0;
        buffer |= source.getInt32(next, true) << count;
        next = (next + ((31 - (count & 31)) >> 3)) | 0;
        count |= 24;
        entry = literals[buffer & literalMask]!;
        continue;
      }
      if (entry & special) {
        count = (count - entry) | 0;
        stop = entry & endOfBlock ? "endOfBlock" : "noSymbol";
        break;
      }
    }

    const length = (entry >>> 16) + ((buffer & ((1 << entry) - 1)) >>> (entry >>> 8));
    buffer >>>= entry;
    count = (count - entry) | 0;
    entry = distances[buffer & distanceMask]!;
    buffer |= source.getInt32(next, true) << count;
    next = (next + ((31 - (count & 31)) >> 3)) | 0;
    count |= 24;
    if (entry & special) {
      if (!(entry & noSymbol)) {
        buffer >>>= entry;
        count = (count - entry) | 0;
        buffer |= source.getInt32(next, true) << count;
        next = (next + ((31 - (count & 31)) >> 3)) | 0;
        count |= 24;
        entry = distances[(entry >>> 16) + (buffer & ((1 << (entry >>> 8)) - 1))]!;
      }
      if (entry & special) {
        stop = "noSymbol";
        break;
      }
    }
    const distance = (entry >>> 16) + ((buffer & ((1 << entry) - 1)) >>> (entry >>> 8));
    let from = (out - distance) | 0;
    if (from < memberStart) {
      stop = "tooFar";
      break;
    }
    buffer >>>= entry;
    count = (count - entry) | 0;
    buffer |= source.getInt32(next, true) << count;
    next = (next + ((31 - (count & 31)) >> 3)) | 0;
    count |= 24;
    entry = literals[buffer & literalMask]!;

    const end = (out + length) | 0;
    if (distance >= 8) {
      do {
        const low = words.getInt32(from, true);
        const high = words.getInt32(from + 4, true);
        words.setInt32(out, low, true);
        words.setInt32(out + 4, high, true);
        from = (from + 8) | 0;
        out = (out + 8) | 0;
      } while (out < end);
    } else if (distance === 1) {
      const word = Math.imul(bytes[from]!, 0x01010101);
      do {
        words.setInt32(out, word, true);
        out = (out + 4) | 0;
      } while (out < end);
    } else {
      do {
        bytes[out] = bytes[from]!;
        from = (from + 1) | 0;
        out = (out + 1) | 0;
      } while (out < end);
    }
    out = end;
  }

  window.end = out;
  input.bit = next * 8 - (count & 31);
  return stop;
}
