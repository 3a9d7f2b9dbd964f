/** Where the next whole byte of output goes, and up to seven bits that make no byte yet. */
export let next: u32 = 0;
export let bits: u64 = 0;
export let bitCount: u64 = 0;

export function beginOutput(at: u32): void {
  setOutput(at, 0, 0);
}

/** For a loop that keeps these to itself meanwhile. */
export function setOutput(at: u32, someBits: u64, count: u64): void {
  next = at;
  bits = someBits;
  bitCount = count;
}

/** Writes at most 32 bits of a value that has no others. */
export function writeBits(value: u32, count: u32): void {
  bits |= (<u64>value) << bitCount;
  bitCount += count;
  store<u64>(next, bits);
  next += <u32>(bitCount >> 3);
  bits >>= bitCount & ~7;
  bitCount &= 7;
}

/** Fills the last byte with zero bits, and copies whole bytes behind it. */
export function writeBytes(from: u32, count: u32): void {
  memory.copy(next, from, count);
  next += count;
}

export function fillByte(): void {
  if (bitCount) writeBits(0, 8 - <u32>bitCount);
}
