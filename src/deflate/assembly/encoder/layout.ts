export const pieceSize: u32 = 1024 * 1024;
/** Deflate's largest distance. */
export const windowSize: u32 = 32 * 1024;
export const maxSequences: u32 = 40_000;
export const hashBits3: u32 = 13;
export const hashBits4: u32 = 16;

/**
 * Where things are in the encoder's memory, in this order; each ends where the next one begins. Below `firstPlace` is what
 * the compiler puts there: constants.
 */
const firstPlace: u32 = 2048;

/** Symbol of each length, and of each distance: as it is up to 256, by 128s behind. */
export const lengthSymbols: u32 = firstPlace;
export const distanceSymbols: u32 = lengthSymbols + 264;

/** How often a block has each symbol. */
export const literalCounts: u32 = distanceSymbols + 512;
export const distanceCounts: u32 = literalCounts + 288 * 4;
export const headerCounts: u32 = distanceCounts + 32 * 4;

/** The block's codes: bits, first bit lowest, and from bit 16 on their number. */
export const literalCodes: u32 = headerCounts + 32 * 4;
export const distanceCodes: u32 = literalCodes + 288 * 4;
export const headerCodes: u32 = distanceCodes + 32 * 4;
/** Of each length with its extra bits: up to 19 bits, and from bit 24 on their number. */
export const lengthCodes: u32 = headerCodes + 32 * 4;

/** What a dynamic block's header says, as symbols: from bit 8 on their extra bits. */
export const headerSymbols: u32 = lengthCodes + 264 * 4;
/** Room to sort symbols by how often they are there, and for the codes' lengths. */
export const sorted: u32 = headerSymbols + 320 * 4;
export const weights: u32 = sorted + 288 * 4;
export const lengthTotals: u32 = weights + 288 * 4;
/** What a block was seen to hold: up to the last check whether it should end, and since then. */
export const seen: u32 = lengthTotals + 64 * 4;
export const newlySeen: u32 = seen + 10 * 4;

/** How many matches are short, and how many are long. */
export const matchCounts: u32 = newlySeen + 10 * 4;

/** Positions of the input, the lowest 16 bits of each, by a hash of the three or four bytes there, and the ones before. */
export const heads3: u32 = matchCounts + 8;
export const heads4: u32 = heads3 + (1 << hashBits3) * 2;
export const chains: u32 = heads4 + (1 << hashBits4) * 2;
/** Of a block: how many literals, then a match: see `addSequence`. */
export const sequences: u32 = chains + windowSize * 2;

/** The history, and the piece behind it. What is behind the piece is read, never looked at. */
export const input: u32 = sequences + (maxSequences + 2) * 8;
export const output: u32 = input + windowSize + pieceSize + 64;
/** A stored block's header for each 5000 bytes, at the worst. */
export const end: u32 = output + pieceSize + 4096;

export const lengthBases: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
export const lengthExtraBits: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
export const distanceBases: usize = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]);
/** The order in which a header gives the lengths of its own code (RFC 1951, 3.2.7). */
export const headerOrder: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

export const endOfBlock: u32 = 256;
export const firstLength: u32 = 257;
export const literalTotal: u32 = 288;
export const distanceTotal: u32 = 32;

/** Fills the tables that never change. */
export function fillSymbolTables(): void {
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const base = <u32>load<u16>(lengthBases + symbol * 2);
    const count = symbol == 28 ? 1 : 1 << load<u8>(lengthExtraBits + symbol);
    memory.fill(lengthSymbols + base, <u8>symbol, count);
  }
  for (let distance: u32 = 1; distance <= 256; distance++)
    store<u8>(distanceSymbols + distance - 1, <u8>findDistanceSymbol(distance));
  for (let block: u32 = 2; block < 256; block++)
    store<u8>(distanceSymbols + 256 + block, <u8>findDistanceSymbol(block * 128 + 1));
}

function findDistanceSymbol(distance: u32): u32 {
  let symbol: u32 = 29;
  while (<u32>load<u16>(distanceBases + symbol * 2) > distance) symbol -= 1;
  return symbol;
}

export function distanceSymbol(distance: u32): u32 {
  const before = distance - 1;
  return load<u8>(distanceSymbols + (before < 256 ? before : 256 + (before >>> 7)));
}

export function distanceExtraBits(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >>> 1) - 1;
}
