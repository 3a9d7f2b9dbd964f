import { beginObserving, hasContentChanged, isCheckDue, minBlockLength } from "./block-end";
import {
  distanceCounts,
  distanceSymbol,
  endOfBlock,
  firstLength,
  lengthSymbols,
  literalCounts,
  matchCounts,
  maxSequences,
  sequences,
} from "./layout";

/** The block that is being gathered: where its next sequence goes, where it began, and how many literals it has. */
let next: u32 = 0;
let start: u32 = 0;
let literals: u32 = 0;

export function beginSequences(at: u32): void {
  memory.fill(literalCounts, 0, 288 * 4);
  memory.fill(distanceCounts, 0, 32 * 4);
  memory.fill(matchCounts, 0, 8);
  beginObserving();
  next = sequences;
  start = at;
  literals = 0;
}

/**
 * Adds the literals from `from` to `at`, and a match there. A sequence is the number of the literals in 32 bits, the match's
 * length in 9, its distance's symbol in 5, the distance in 16.
 */
export function addSequence(from: u32, at: u32, length: u32, distance: u32): void {
  addLiterals(from, at);
  const symbol = distanceSymbol(distance);
  addCount(literalCounts + (firstLength + load<u8>(lengthSymbols + length)) * 4);
  addCount(distanceCounts + symbol * 4);
  addCount(matchCounts + u32(length >= 9) * 4);
  store<u64>(next, <u64>(at - from) | ((<u64>(length | (symbol << 9) | (distance << 16))) << 32));
  next += 8;
}

/** Whether the block should end at a place behind a sequence. */
export function isBlockDone(at: u32, inputEnd: u32): bool {
  if (next == sequences + maxSequences * 8) return true;
  const total = literals + ((next - sequences) >>> 3);
  if (!isCheckDue(total) || at - start < minBlockLength || inputEnd - at < minBlockLength) return false;
  return hasContentChanged(at - start, total);
}

/** The block's last literals, without a match behind them. */
export function endSequences(from: u32, at: u32): void {
  addLiterals(from, at);
  store<u64>(next, at - from);
  store<u32>(literalCounts + endOfBlock * 4, 1);
}

function addLiterals(from: u32, at: u32): void {
  literals += at - from;
  for (; from < at; from++) addCount(literalCounts + <u32>load<u8>(from) * 4);
}

function addCount(place: u32): void {
  store<u32>(place, load<u32>(place) + 1);
}
