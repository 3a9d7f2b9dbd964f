import { literalCounts, matchCounts, newlySeen, seen } from "./layout";

/** Kinds of what is counted: eight of literals, two of matches. */
const kinds: u32 = 10;
const checkEvery: u32 = 512;
export const minBlockLength: u32 = 5000;

/** How many literals and matches there were at the last check. */
let seenTotal: u32 = 0;

export function beginObserving(): void {
  memory.fill(seen, 0, kinds * 4);
  seenTotal = 0;
}

/** Whether enough has come since the last check for another one. */
export function isCheckDue(total: u32): bool {
  return total - seenTotal >= checkEvery;
}

/**
 * Whether what came last differs so much from the block before that a block of its own is worth its header. `length` is
 * the block's, `total` its literals and matches.
 */
export function hasContentChanged(length: u32, total: u32): bool {
  const newTotal = total - seenTotal;
  countKinds();
  let difference: u32 = 0;
  for (let kind: u32 = 0; kind < kinds * 4; kind += 4) {
    const before = load<u32>(seen + kind);
    const expected = before * newTotal;
    const actual = (load<u32>(newlySeen + kind) - before) * seenTotal;
    difference += expected > actual ? expected - actual : actual - expected;
  }
  let limit = ((newTotal * 200) / 512) * seenTotal;
  if (length < 10_000 && total < 8192) limit += <u32>((<u64>limit * (8192 - total)) / 8192);
  const hasChanged = seenTotal > 0 && difference + (length / 4096) * seenTotal >= limit;
  memory.copy(seen, newlySeen, kinds * 4);
  seenTotal = total;
  return hasChanged;
}

/** Literals by two high bits and the lowest one, matches by whether they are long. */
function countKinds(): void {
  for (let kind: u32 = 0; kind < 8; kind += 2) {
    let even: u32 = 0;
    let odd: u32 = 0;
    const first = literalCounts + kind * 32 * 4;
    for (let at = first; at < first + 64 * 4; at += 8) {
      even += load<u32>(at);
      odd += load<u32>(at + 4);
    }
    store<u32>(newlySeen + kind * 4, even);
    store<u32>(newlySeen + kind * 4 + 4, odd);
  }
  store<u64>(newlySeen + 8 * 4, load<u64>(matchCounts));
}
