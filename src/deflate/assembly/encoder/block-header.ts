import { makeCode } from "./huffman-code";
import { writeBits } from "./bit-output";
import {
  distanceCodes,
  distanceTotal,
  firstLength,
  headerCodes,
  headerCounts,
  headerOrder,
  headerSymbols,
  literalCodes,
} from "./layout";

const headerTotal: u32 = 19;
let symbols: u32 = 0;
let literalsGiven: u32 = 0;
let distancesGiven: u32 = 0;
let orderGiven: u32 = 0;

/** Makes the header of a block with these codes (RFC 1951, 3.2.7); its size in bits, the first three left out. */
export function makeHeader(): u32 {
  literalsGiven = lastUsed(literalCodes, 286, firstLength);
  distancesGiven = lastUsed(distanceCodes, distanceTotal - 2, 1);
  gatherSymbols();
  makeCode(headerCounts, headerTotal, 7, headerCodes);
  orderGiven = headerTotal;
  while (orderGiven > 4 && !lengthOf(headerCodes, load<u8>(headerOrder + orderGiven - 1))) orderGiven -= 1;
  let size = 14 + orderGiven * 3;
  for (let symbol: u32 = 0; symbol < headerTotal; symbol++) {
    const bits = lengthOf(headerCodes, symbol) + extraBits(symbol);
    size += load<u32>(headerCounts + symbol * 4) * bits;
  }
  return size;
}

export function writeHeader(): void {
  writeBits(literalsGiven - 257, 5);
  writeBits(distancesGiven - 1, 5);
  writeBits(orderGiven - 4, 4);
  for (let at: u32 = 0; at < orderGiven; at++)
    writeBits(lengthOf(headerCodes, load<u8>(headerOrder + at)), 3);
  for (let at: u32 = 0; at < symbols; at++) {
    const given = load<u32>(headerSymbols + at * 4);
    const code = load<u32>(headerCodes + (given & 255) * 4);
    writeBits(code & 0xffff, code >>> 16);
    writeBits(given >>> 8, extraBits(given & 255));
  }
}

/** Literals' lengths, then distances', runs of them in one. */
function gatherSymbols(): void {
  memory.fill(headerCounts, 0, headerTotal * 4);
  symbols = 0;
  const total = literalsGiven + distancesGiven;
  for (let at: u32 = 0; at < total;) {
    const length = givenLength(at);
    let run: u32 = 1;
    while (at + run < total && givenLength(at + run) == length) run += 1;
    at += run;
    if (length) {
      addSymbol(length, 0);
      for (run -= 1; run >= 3;) {
        const part = min<u32>(run, 6);
        addSymbol(16, part - 3);
        run -= part;
      }
    } else {
      while (run >= 3) {
        const part = min<u32>(run, 138);
        if (part < 11) addSymbol(17, part - 3);
        else addSymbol(18, part - 11);
        run -= part;
      }
    }
    for (; run > 0; run--) addSymbol(length, 0);
  }
}

function addSymbol(symbol: u32, extra: u32): void {
  const place = headerCounts + symbol * 4;
  store<u32>(place, load<u32>(place) + 1);
  store<u32>(headerSymbols + symbols++ * 4, symbol | (extra << 8));
}

function givenLength(at: u32): u32 {
  return at < literalsGiven ? lengthOf(literalCodes, at) : lengthOf(distanceCodes, at - literalsGiven);
}

function lastUsed(codes: u32, total: u32, least: u32): u32 {
  while (total > least && !lengthOf(codes, total - 1)) total -= 1;
  return total;
}

export function lengthOf(codes: u32, symbol: u32): u32 {
  return load<u32>(codes + symbol * 4) >>> 16;
}

function extraBits(symbol: u32): u32 {
  if (symbol < 16) return 0;
  return symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}
