import { chains, windowSize } from "./layout";

/** Each part of the piece must look like noise. */
const partSize: u32 = 64 * 1024;
const stretches: u32 = 8;
const stretchSize: u32 = 1024;
const sampleSize: u32 = stretches * stretchSize;
/** Chance alone gives `sampleSize`; each `sampleSize` more stands for 0.28 % that codes for literals would save. */
const mostOfPart: u32 = 16 * sampleSize;
const mostOnAverage: u32 = 4 * sampleSize;
/** One place of 32 is looked at for what was there before. */
const anchorBits: u32 = 5;
const tableBits: u32 = 13;

/** Room that is cleared before matches are looked for. */
const counts: u32 = chains;
const places: u32 = chains;

/**
 * Whether the input from `from` to `to`, behind `history` bytes, is compressed or encrypted already: then a search for
 * matches is slow and finds next to nothing. Told by samples, in whole numbers, so that it is the same everywhere. Some
 * percent of a piece are given away at the most.
 */
export function isNoise(history: u32, from: u32, to: u32): bool {
  const size = to - from;
  if (size < partSize) return false;
  const parts = size / partSize;
  let total: u32 = 0;
  for (let part: u32 = 0; part < parts; part++) {
    const unevenness = measureUnevenness(from + part * (size / parts), size / parts);
    if (unevenness > mostOfPart) return false;
    total += unevenness;
  }
  return total <= parts * mostOnAverage && !hasRepetitions(from - history, to);
}

/** How much the squares of how often each byte is there sum up to, beyond what bytes that are all as frequent give. */
function measureUnevenness(from: u32, size: u32): u32 {
  memory.fill(counts, 0, 256 * 4);
  for (let stretch: u32 = 0; stretch < stretches; stretch++) {
    const start = from + stretch * (size / stretches);
    for (let at = start; at < start + stretchSize; at++) {
      const count = counts + <u32>load<u8>(at) * 4;
      store<u32>(count, load<u32>(count) + 1);
    }
  }
  let squares: u32 = 0;
  for (let count = counts; count < counts + 256 * 4; count += 4) squares += load<u32>(count) * load<u32>(count);
  return squares - (sampleSize / 256) * sampleSize;
}

/**
 * Whether so much was there within a window before that matches would save more than half a percent. Places are chosen by
 * what is there, so that both of two alike are.
 */
function hasRepetitions(from: u32, to: u32): bool {
  memory.fill(places, 0, 4 << tableBits);
  const limit = (to - from) >>> (anchorBits + 8);
  let found: u32 = 0;
  for (let at = from; at + 8 <= to; at++) {
    const hash = load<u32>(at) * 0x9e37_79b1;
    if (hash >>> (32 - anchorBits)) continue;
    const place = places + ((hash >>> (32 - anchorBits - tableBits)) << 2);
    const before = load<u32>(place);
    store<u32>(place, at);
    if (before && at - before <= windowSize && load<u64>(before) == load<u64>(at)) {
      found += 1;
      if (found > limit) return true;
    }
  }
  return false;
}
