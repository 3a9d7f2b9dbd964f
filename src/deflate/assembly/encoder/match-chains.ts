import { chains, hashBits3, hashBits4, heads3, heads4, input, windowSize } from "./layout";

/** What must be there to be read from a place on, for a match to be looked for. */
export const leastInput: u32 = 5;

/** Forgets all places, so that a piece's bytes depend on no piece before it. */
export function clearChains(): void {
  memory.fill(heads3, 0, (1 << hashBits3) * 2);
  memory.fill(heads4, 0, (1 << hashBits4) * 2);
}

/** Remembers `count` places from `at` on, those too near to the end left out. */
export function skipPlaces(at: u32, count: u32, inputEnd: u32): void {
  const last = min(at + count, inputEnd - leastInput);
  for (; at < last; at++) {
    const bytes = load<u32>(at);
    const position = at - input;
    const head4 = heads4 + hash(bytes, hashBits4) * 2;
    store<u16>(heads3 + hash(bytes << 8, hashBits3) * 2, position);
    store<u16>(chains + (position & (windowSize - 1)) * 2, load<u16>(head4));
    store<u16>(head4, position);
  }
}

/**
 * Remembers the place `at`, and looks for a match longer than `best` among at most `depth` places with the same bytes before it;
 * stops at one of `nice` bytes. Returns its distance, and from bit 16 on its length; 0 where there is none.
 *
 * Tables hold the lowest 16 bits of positions: one that is too old looks like another one, but for
 * the hash of what is there, and ends the chain.
 */
@inline
export function longestMatch(at: u32, best: u32, most: u32, nice: u32, depth: u32): u32 {
  const position = at - input;
  const bytes = load<u32>(at);
  const head3 = heads3 + hash(bytes << 8, hashBits3) * 2;
  const hashed = hash(bytes, hashBits4);
  const head4 = heads4 + hashed * 2;
  const reach = min(position, windowSize - 1);
  let candidate = <u32>load<u16>(head4);
  const candidate3 = <u32>load<u16>(head3);
  store<u16>(head3, position);
  store<u16>(head4, position);
  store<u16>(chains + (position & (windowSize - 1)) * 2, candidate);
  let found: u32 = 0;

  if (best < 3) {
    const distance = (position - candidate3) & 0xffff;
    const isSame = (load<u32>(at - distance) ^ bytes) << 8 == 0;
    if (u32(distance - 1 < reach) & u32(isSame)) found = (3 << 16) | distance;
    best = 3;
  }
  for (; depth > 0; depth--) {
    const distance = (position - candidate) & 0xffff;
    if (distance - 1 >= reach) return found;
    const match = at - distance;
    const others = load<u32>(match);
    if (others != bytes) {
      if (hash(others, hashBits4) != hashed) return found;
    } else if (load<u32>(match + best - 3) == load<u32>(at + best - 3)) {
      const length = matchLength(match, at, most);
      if (length > best) {
        best = length;
        found = (length << 16) | distance;
        if (length >= nice) return found;
      }
    }
    candidate = load<u16>(chains + (candidate & (windowSize - 1)) * 2);
  }
  return found;
}

/** How many bytes are the same, of which the first four are known to be. */
@inline
export function matchLength(match: u32, at: u32, most: u32): u32 {
  let length: u32 = 4;
  do {
    const difference = load<u64>(match + length) ^ load<u64>(at + length);
    if (difference) return min(length + <u32>(ctz(difference) >> 3), most);
    length += 8;
  } while (length < most);
  return most;
}

@inline
export function hash(bytes: u32, bits: u32): u32 {
  return (bytes * 0x1e35a7bd) >>> (32 - bits);
}
