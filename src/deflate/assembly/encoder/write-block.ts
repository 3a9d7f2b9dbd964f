import { bitCount, bits, fillByte, next, setOutput, writeBits, writeBytes } from "./bit-output";
import { lengthOf, makeHeader, writeHeader } from "./block-header";
import { assignCodes, makeCode } from "./huffman-code";
import {
  distanceBases,
  distanceCodes,
  distanceCounts,
  distanceExtraBits,
  distanceTotal,
  endOfBlock,
  firstLength,
  lengthBases,
  lengthCodes,
  lengthExtraBits,
  lengthSymbols,
  literalCodes,
  literalCounts,
  literalTotal,
  sequences,
} from "./layout";

const stored: u32 = 0;
const fixed: u32 = 1;
const dynamic: u32 = 2;
const maxStored: u32 = 65_535;

/** Writes the block of the input from `from` to `to`, whose sequences were gathered, in the form that is shortest. */
export function writeBlock(from: u32, to: u32): void {
  makeCode(literalCounts, literalTotal, 14, literalCodes);
  makeCode(distanceCounts, distanceTotal, 15, distanceCodes);
  const dynamicSize = makeHeader() + measureSymbols();
  const fixedSize = measureFixed();
  const length = to - from;
  const storedSize = length * 8 + ((length + maxStored - 1) / maxStored) * (32 + 8);
  if (storedSize < min(dynamicSize, fixedSize)) return writeStored(from, to);
  const type = fixedSize < dynamicSize ? fixed : dynamic;
  writeBits(type << 1, 3);
  if (type == dynamic) writeHeader();
  else setFixedCodes();
  joinLengthCodes();
  writeSequences(from);
}

/** An empty stored block, which ends at a whole byte. */
export function writeSync(): void {
  writeStoredHeader(0);
}

export function writeStored(from: u32, to: u32): void {
  while (from < to) {
    const length = min(to - from, maxStored);
    writeStoredHeader(length);
    writeBytes(from, length);
    from += length;
  }
}

function writeStoredHeader(length: u32): void {
  writeBits(stored << 1, 3);
  fillByte();
  writeBits(length | (~length << 16), 32);
}

/** RFC 1951, 3.2.6. */
function setFixedCodes(): void {
  for (let symbol: u32 = 0; symbol < literalTotal; symbol++)
    store<u32>(literalCodes + symbol * 4, fixedLength(symbol) << 16);
  for (let symbol: u32 = 0; symbol < distanceTotal; symbol++) store<u32>(distanceCodes + symbol * 4, 5 << 16);
  assignCodes(literalTotal, literalCodes);
  assignCodes(distanceTotal, distanceCodes);
}

function fixedLength(symbol: u32): u32 {
  if (symbol < 144) return 8;
  return symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}

/** How many bits the block's symbols take with the codes that were made. */
function measureSymbols(): u32 {
  let size: u32 = 0;
  for (let symbol: u32 = 0; symbol < 286; symbol++)
    size += literalCount(symbol) * (lengthOf(literalCodes, symbol) + extraBits(symbol));
  for (let symbol: u32 = 0; symbol < 30; symbol++)
    size += distanceCount(symbol) * (lengthOf(distanceCodes, symbol) + distanceExtraBits(symbol));
  return size;
}

function measureFixed(): u32 {
  let size: u32 = 0;
  for (let symbol: u32 = 0; symbol < 286; symbol++)
    size += literalCount(symbol) * (fixedLength(symbol) + extraBits(symbol));
  for (let symbol: u32 = 0; symbol < 30; symbol++)
    size += distanceCount(symbol) * (5 + distanceExtraBits(symbol));
  return size;
}

function literalCount(symbol: u32): u32 {
  return load<u32>(literalCounts + symbol * 4);
}

function distanceCount(symbol: u32): u32 {
  return load<u32>(distanceCounts + symbol * 4);
}

function extraBits(symbol: u32): u32 {
  return symbol < firstLength ? 0 : load<u8>(lengthExtraBits + symbol - firstLength);
}

/** A length's code and extra bits in one. */
function joinLengthCodes(): void {
  for (let length: u32 = 3; length <= 258; length++) {
    const symbol = <u32>load<u8>(lengthSymbols + length);
    const code = load<u32>(literalCodes + (firstLength + symbol) * 4);
    const codeBits = code >>> 16;
    const extra = length - load<u16>(lengthBases + symbol * 2);
    const total = codeBits + load<u8>(lengthExtraBits + symbol);
    store<u32>(lengthCodes + length * 4, (code & 0xffff) | (extra << codeBits) | (total << 24));
  }
}

/**
 * Where most of the writing is: all state in locals. Before a match, and before three literals, at most seven bits wait in the buffer, which
 * has room for 57 more: a match takes at most 47.
 */
function writeSequences(literal: u32): void {
  let out = next;
  let buffer = bits;
  let count = bitCount;
  for (let at = sequences; ; at += 8) {
    const sequence = load<u64>(at);
    const end = literal + <u32>sequence;
    for (; literal + 3 <= end; literal += 3) {
      const first = literalCode(literal);
      const second = literalCode(literal + 1);
      const third = literalCode(literal + 2);
      buffer |= (first & 0xffff) << count;
      count += first >> 16;
      buffer |= (second & 0xffff) << count;
      count += second >> 16;
      buffer |= (third & 0xffff) << count;
      count += third >> 16;
      store<u64>(out, buffer);
      out += <u32>(count >> 3);
      buffer >>= count & 56;
      count &= 7;
    }
    for (; literal < end; literal++) {
      const code = literalCode(literal);
      buffer |= (code & 0xffff) << count;
      count += code >> 16;
    }
    store<u64>(out, buffer);
    out += <u32>(count >> 3);
    buffer >>= count & 56;
    count &= 7;

    const match = <u32>(sequence >> 32);
    if (match == 0) break;
    const length = match & 511;
    const distance = match >>> 16;
    const symbol = (match >>> 9) & 31;
    const lengthCode = <u64>load<u32>(lengthCodes + length * 4);
    buffer |= (lengthCode & 0xff_ffff) << count;
    count += lengthCode >> 24;
    const code = <u64>load<u32>(distanceCodes + symbol * 4);
    buffer |= (code & 0xffff) << count;
    count += code >> 16;
    buffer |= (<u64>(distance - <u32>load<u16>(distanceBases + symbol * 2))) << count;
    count += distanceExtraBits(symbol);
    store<u64>(out, buffer);
    out += <u32>(count >> 3);
    buffer >>= count & 56;
    count &= 7;
    literal = end + length;
  }
  setOutput(out, buffer, count);
  const code = load<u32>(literalCodes + endOfBlock * 4);
  writeBits(code & 0xffff, code >>> 16);
}

@inline
function literalCode(at: u32): u64 {
  return load<u32>(literalCodes + <u32>load<u8>(at) * 4);
}
