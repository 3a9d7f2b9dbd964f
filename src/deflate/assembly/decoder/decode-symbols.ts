// AssemblyScript, a strict dialect of TypeScript: `npm run gen-wasm` compiles it into ../../inflate/decode-symbols-wasm.ts.

/** Where things are in the memory, in this order; each ends where the next one begins. */
export const literals: u32 = 64;
export const distances: u32 = literals + 2342 * 4;
export const input: u32 = distances + 402 * 4;
export const window: u32 = input + 256 * 1024 + 1024;
export const end: u32 = window + 32 * 1024 + 256 * 1024 + 272;

/** Results beside the one that is returned: the next bit of the input, and the end of the window. */
export let nextBit: u32 = 0;
export let windowEnd: u32 = 0;

// Where it stops; numbered as in ../../inflate/symbol-decoder.ts.
const margin = 0;
const atEndOfBlock = 1;
const withoutSymbol = 2;
const tooFar = 3;

/** What one turn of the loop reads: two refills of up to seven bytes, the last one eight bytes wide. */
const bytesPerTurn = 22;

// As in ../../inflate/symbol-entries.ts and deflate-block.ts.
const special: u32 = 1 << 15;
const endOfBlock: u32 = 1 << 14;
const noSymbol: u32 = 1 << 13;
const literalMask: u64 = (1 << 11) - 1;
const distanceMask: u64 = (1 << 8) - 1;

/**
 * Decodes symbols of a compressed block from a bit of the input on, until one less than `limit` or more of the window is
 * filled, or until the input, which reaches to `inputEnd`, runs low. It stops between two symbols, and never behind the
 * first such place at or after `limit`. No distance reaches before `memberStart`.
 *
 * This loop is where the time goes, hence one long function: all state is in locals, what it calls is inlined, and the next table
 * entry is fetched before the buffer is refilled and before a match is copied. After a refill `buffer` has at least 56 bits,
 * which is more than a length and a distance take. Their number is in the lowest six bits of `count`; what is above is never
 * looked at, so that entries can be subtracted whole.
 */
export function decodeSymbols(bit: u32, inputEnd: u32, from: u32, limit: u32, memberStart: u32): u32 {
  const firstOut: u32 = window + memberStart;
  const lastOut: u32 = window + limit - 1;
  const lastNext: u32 = input + inputEnd - bytesPerTurn;
  let stop: u32 = margin;

  let out: u32 = window + from;
  let next: u32 = input + (bit >>> 3) + 7;
  let count: u64 = 56 - (bit & 7);
  let buffer: u64 = load<u64>(next - 7) >> (bit & 7);
  let entry = entryAt(literals, <u32>(buffer & literalMask));
  buffer |= load<u64>(next) << count;
  next += missingBytes(count);
  count |= 56;

  while (out < lastOut && next < lastNext) {
    if (<i32>entry < 0) {
      buffer >>= entry;
      count -= entry;
      store<u8>(out, entry >>> 16);
      out += 1;
      entry = entryAt(literals, <u32>(buffer & literalMask));
      const isLiteral = <i32>entry < 0;
      if (isLiteral) {
        buffer >>= entry;
        count -= entry;
        store<u8>(out, entry >>> 16);
        out += 1;
        entry = entryAt(literals, <u32>(buffer & literalMask));
      }
      buffer |= load<u64>(next) << count;
      next += missingBytes(count);
      count |= 56;
      if (isLiteral) continue;
    }
    if (entry & special) {
      if (!(entry & (endOfBlock | noSymbol))) {
        buffer >>= entry;
        count -= entry;
        entry = linkedEntry(literals, entry, <u32>buffer);
      }
      if (<i32>entry < 0) {
        buffer >>= entry;
        count -= entry;
        store<u8>(out, entry >>> 16);
        out += 1;
        entry = entryAt(literals, <u32>(buffer & literalMask));
        buffer |= load<u64>(next) << count;
        next += missingBytes(count);
        count |= 56;
        continue;
      }
      if (entry & special) {
        count -= entry;
        stop = entry & endOfBlock ? atEndOfBlock : withoutSymbol;
        break;
      }
    }

    const length = valueOf(entry, <u32>buffer);
    buffer >>= entry;
    count -= entry;
    entry = entryAt(distances, <u32>(buffer & distanceMask));
    if (entry & special) {
      if (!(entry & noSymbol)) {
        buffer >>= entry;
        count -= entry;
        entry = linkedEntry(distances, entry, <u32>buffer);
      }
      if (entry & special) {
        stop = withoutSymbol;
        break;
      }
    }
    const distance = valueOf(entry, <u32>buffer);
    if (<i32>(out - distance) < <i32>firstOut) {
      stop = tooFar;
      break;
    }
    buffer >>= entry;
    count -= entry;
    entry = entryAt(literals, <u32>(buffer & literalMask));
    buffer |= load<u64>(next) << count;
    next += missingBytes(count);
    count |= 56;

    const matchEnd = out + length;
    if (distance >= 8) {
      do {
        store<u64>(out, load<u64>(out - distance));
        out += 8;
      } while (out < matchEnd);
    } else if (distance == 1) {
      const word = <u64>load<u8>(out - 1) * 0x0101_0101_0101_0101;
      do {
        store<u64>(out, word);
        out += 8;
      } while (out < matchEnd);
    } else {
      do {
        store<u8>(out, load<u8>(out - distance));
        out += 1;
      } while (out < matchEnd);
    }
    out = matchEnd;
  }

  windowEnd = out - window;
  nextBit = (next - input) * 8 - <u32>(count & 63);
  return stop;
}

function entryAt(table: u32, index: u32): u32 {
  return load<u32>(table + (index << 2));
}

/** The entry in the subtable that a link leads to. */
function linkedEntry(table: u32, link: u32, buffer: u32): u32 {
  return entryAt(table, (link >>> 16) + (buffer & ((1 << (link >>> 8)) - 1)));
}

/** A length or a distance: its base and the extra bits behind the code. */
function valueOf(entry: u32, buffer: u32): u32 {
  return (entry >>> 16) + ((buffer & ((1 << entry) - 1)) >>> (entry >>> 8));
}

/** How many whole bytes the buffer has room for. */
function missingBytes(count: u64): u32 {
  return <u32>((63 - (count & 63)) >> 3);
}
