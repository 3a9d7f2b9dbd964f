// AssemblyScript, a strict dialect of TypeScript: `npm run gen-wasm` compiles it into ../../encode/deflate-piece-wasm.ts.
import { beginOutput, next } from "./bit-output";
import { minBlockLength } from "./block-end";
import { fillSymbolTables, input, lengthSymbols, output } from "./layout";
import { clearChains, leastInput, longestMatch, skipPlaces } from "./match-chains";
import { clearHeads, matchAtHead, skipHeads } from "./match-heads";
import { addSequence, beginSequences, endSequences, isBlockDone } from "./sequences";
import { isNoise } from "./stored-piece";
import { writeBlock, writeStored, writeSync } from "./write-block";

export { end, input, output, pieceSize, windowSize } from "./layout";

const maxBlockLength: u32 = 300_000;
const maxMatchLength: u32 = 258;
/** A match of three bytes from farther back costs more bits than three literals. */
const farFor3: u32 = 4096;

/** By level: how many places are tried, and from which length on a match is good enough. */
const efforts: usize = memory.data<u16>([
  0, 0, 6, 10, 8, 20, 16, 30, 16, 30, 35, 65, 100, 130, 300, 258, 600, 258,
]);

let inputEnd: u32 = 0;
let blockEnd: u32 = 0;
let depth: u32 = 0;
let nice: u32 = 0;

/**
 * Compresses the piece behind `history` bytes of the input, up to its byte `size`, to deflate blocks of which none is the
 * last one; they end at a whole byte. The method is libdeflate's (Eric Biggers; described in its deflate_compress.c):
 * chains of places with the same hash, each match taken at once or compared with the next place's, blocks ended where the
 * content changes, the shortest of three forms for each. What is compressed already is stored at once. Returns the output's size. The bytes depend on the input and the
 * level, 1 to 9, alone.
 */
export function deflatePiece(history: u32, size: u32, level: u32): u32 {
  if (load<u8>(lengthSymbols + 4) == 0) fillSymbolTables();
  inputEnd = input + size;
  depth = load<u16>(efforts + (level - 1) * 4);
  nice = load<u16>(efforts + (level - 1) * 4 + 2);
  beginOutput(output);
  if (isNoise(history, input + history, inputEnd)) writeStored(input + history, inputEnd);
  else writeBlocks(history, level);
  writeSync();
  return next - output;
}

function writeBlocks(history: u32, level: u32): void {
  if (level == 1) {
    clearHeads();
    skipHeads(input, history, inputEnd);
  } else {
    clearChains();
    skipPlaces(input, history, inputEnd);
  }
  for (let at = input + history; at < inputEnd;) {
    beginSequences(at);
    const rest = inputEnd - at;
    blockEnd = rest < maxBlockLength + minBlockLength ? inputEnd : at + maxBlockLength;
    const from = at;
    if (level == 1) at = gatherFast(at);
    else if (level < 5) at = gatherGreedily(at);
    else at = gatherLazily(at);
    writeBlock(from, at);
  }
}

function gatherFast(at: u32): u32 {
  let from = at;
  while (at < blockEnd) {
    const most = min(inputEnd - at, maxMatchLength);
    const found = most < leastInput ? 0 : matchAtHead(at, most);
    if (!found) {
      at += 1;
      continue;
    }
    const length = found >>> 16;
    addSequence(from, at, length, found & 0xffff);
    skipHeads(at + 1, length - 1, inputEnd);
    at += length;
    from = at;
    if (isBlockDone(at, inputEnd)) break;
  }
  endSequences(from, at);
  return at;
}

function gatherGreedily(at: u32): u32 {
  let from = at;
  while (at < blockEnd) {
    const found = findMatch(at, 2, depth);
    if (!found) {
      at += 1;
      continue;
    }
    const length = found >>> 16;
    addSequence(from, at, length, found & 0xffff);
    skipPlaces(at + 1, length - 1, inputEnd);
    at += length;
    from = at;
    if (isBlockDone(at, inputEnd)) break;
  }
  endSequences(from, at);
  return at;
}

/** A match is taken when the one at the next place is not better. */
function gatherLazily(at: u32): u32 {
  let from = at;
  while (at < blockEnd) {
    let found = findMatch(at, 2, depth);
    if (!found) {
      at += 1;
      continue;
    }
    let looked: u32 = 1;
    while (found >>> 16 < nice && looked == 1) {
      const following = findMatch(at + 1, (found >>> 16) - 1, depth >>> 1);
      if (isBetter(following, found)) {
        found = following;
        at += 1;
      } else looked = 2;
    }
    const length = found >>> 16;
    addSequence(from, at, length, found & 0xffff);
    skipPlaces(at + looked, length - looked, inputEnd);
    at += length;
    from = at;
    if (isBlockDone(at, inputEnd)) break;
  }
  endSequences(from, at);
  return at;
}

/** A length counts for four bits, and each halving of the distance for one. */
function isBetter(following: u32, found: u32): bool {
  if (!following) return false;
  const longer = <i32>(following >>> 16) - <i32>(found >>> 16);
  return longer * 4 + <i32>clz(following & 0xffff) - <i32>clz(found & 0xffff) > 2;
}

/** The longest match worth its bits that is longer than `best`; 0 where there is none. */
@inline
function findMatch(at: u32, best: u32, depth: u32): u32 {
  const most = min(inputEnd - at, maxMatchLength);
  if (most < leastInput) return 0;
  const found = longestMatch(at, best, most, nice, depth);
  return found >>> 16 == 3 && (found & 0xffff) > farFor3 ? 0 : found;
}
