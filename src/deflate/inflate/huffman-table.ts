import { noSymbol, special } from "./symbol-entries.ts";

const longestCode = 15;

const lengthCounts = new Uint16Array(longestCode + 1);
const offsets = new Uint16Array(longestCode + 2);
const symbolsByLength = new Uint16Array(288);

/**
 * A decode table for one prefix code: `2 ** tableBits` entries found by the next bits of the stream, and behind them
 * subtables for longer codes. The table is filled by doubling, in libdeflate's manner.
 */
export class HuffmanTable {
  readonly entries: Int32Array;
  readonly tableBits: number;
  readonly #symbolEntries: Int32Array;

  /** `entries` has room for all that codes of these symbols can need. */
  constructor(tableBits: number, entries: Int32Array, symbolEntries: Int32Array) {
    this.entries = entries;
    this.tableBits = tableBits;
    this.#symbolEntries = symbolEntries;
  }

  /**
   * Builds the table from code lengths by symbol (RFC 1951, 3.2.2). False if they make no code: more codes than there is
   * room for, or fewer, save none at all and a single one of one bit, as zlib has it.
   */
  build(lengths: Uint8Array): boolean {
    const room = sortSymbols(lengths);
    if (room > 0) {
      return this.#fillIncomplete(room);
    }
    if (room === 0) {
      this.#fillComplete();
    }
    return room === 0;
  }

  #fillIncomplete(room: number): boolean {
    const single = room === 1 << (longestCode - 1) && lengthCounts[1] === 1;
    if (!single && room !== 1 << longestCode) {
      return false;
    }
    this.entries.fill(special | noSymbol, 0, 1 << this.tableBits);
    if (single) {
      const entry = entryAt(this.#symbolEntries, 0, 1);
      for (let at = 0; at < 1 << this.tableBits; at += 2) {
        this.entries[at] = entry;
      }
    }
    return true;
  }

  #fillComplete(): void {
    const { entries } = this;
    const tableBits = this.tableBits;
    const symbolEntries = this.#symbolEntries;
    let code = 0;
    let rank = 0;
    for (let length = 1; length <= tableBits; length++) {
      for (let left = lengthCounts[length]!; left > 0; left--) {
        entries[code] = entryAt(symbolEntries, rank++, length);
        code = nextCode(code, length);
      }
      if (length < tableBits) {
        entries.copyWithin(1 << length, 0, 1 << length);
      }
    }
    if (code >= 0) {
      this.#fillSubtables(code, rank);
    }
  }

  #fillSubtables(firstCode: number, firstRank: number): void {
    const { entries } = this;
    const tableBits = this.tableBits;
    const prefixMask = (1 << tableBits) - 1;
    let code = firstCode;
    let rank = firstRank;
    let prefix = -1;
    let start = 0;
    let end = 1 << tableBits;
    for (let length = tableBits + 1; length <= longestCode; length++) {
      for (let left = lengthCounts[length]!; left > 0; left--) {
        if ((code & prefixMask) !== prefix) {
          prefix = code & prefixMask;
          start = end;
          const bits = subtableBits(length, left, tableBits);
          end += 1 << bits;
          entries[prefix] = (start << 16) | special | (bits << 8) | tableBits;
        }
        const entry = entryAt(this.#symbolEntries, rank++, length - tableBits);
        for (let at = start + (code >>> tableBits); at < end; at += 1 << (length - tableBits)) {
          entries[at] = entry;
        }
        code = nextCode(code, length);
      }
    }
  }
}

/** Sorts the symbols by code length, then by value; gives the room left in the code space, of `2 ** 15`. */
function sortSymbols(lengths: Uint8Array): number {
  lengthCounts.fill(0);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    lengthCounts[lengths[symbol]!]!++;
  }
  let room = 1 << longestCode;
  offsets[1] = 0;
  for (let length = 1; length <= longestCode; length++) {
    room -= lengthCounts[length]! << (longestCode - length);
    offsets[length + 1] = offsets[length]! + lengthCounts[length]!;
  }
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length > 0) {
      symbolsByLength[offsets[length]!++] = symbol;
    }
  }
  return room;
}

function entryAt(symbolEntries: Int32Array, rank: number, length: number): number {
  return symbolEntries[symbolsByLength[rank]!]! + (length | (length << 8));
}

/** The code that follows in the canonical order, first bit lowest; -1 after the last one, which is all ones. */
function nextCode(code: number, length: number): number {
  const zeros = code ^ ((1 << length) - 1);
  if (zeros === 0) {
    return -1;
  }
  const highest = 1 << (31 - Math.clz32(zeros));
  return (code & (highest - 1)) | highest;
}

/** How many bits a subtable takes that begins with a code of `length` bits of which `left` are to come. */
function subtableBits(length: number, left: number, tableBits: number): number {
  let bits = length - tableBits;
  let used = left;
  while (used < 1 << bits) {
    bits++;
    used = used * 2 + lengthCounts[tableBits + bits]!;
  }
  return bits;
}
