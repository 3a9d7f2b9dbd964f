import { heads4, input, windowSize } from "./layout";
import { hash, leastInput, matchLength } from "./match-chains";

const hashBits: u32 = 15;

/** The fastest level's: the last place alone for each hash of four bytes. */
export function clearHeads(): void {
  memory.fill(heads4, 0, (1 << hashBits) * 2);
}

export function skipHeads(at: u32, count: u32, inputEnd: u32): void {
  const last = min(at + count, inputEnd - leastInput);
  for (; at < last; at++) store<u16>(heads4 + hash(load<u32>(at), hashBits) * 2, at - input);
}

/** As `longestMatch`, of four bytes or more. */
@inline
export function matchAtHead(at: u32, most: u32): u32 {
  const position = at - input;
  const bytes = load<u32>(at);
  const head = heads4 + hash(bytes, hashBits) * 2;
  const distance = (position - load<u16>(head)) & 0xffff;
  store<u16>(head, position);
  const isNear = distance - 1 < min(position, windowSize - 1);
  if (!(u32(load<u32>(at - distance) == bytes) & u32(isNear))) return 0;
  return (matchLength(at - distance, at, most) << 16) | distance;
}
