import type { GrowingBytes } from "./growing-bytes.ts";

/** Appends a whole number from 0 to 2 ** 53 as base-128 digits, lowest first, all but the last with the highest bit set. */
export function pushNumber(bytes: GrowingBytes, value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 128);
  }
  bytes.push(rest);
}

/** Gives the numbers that {@link pushNumber} wrote. */
export function* readNumbers(bytes: Uint8Array): Generator<number> {
  let value = 0;
  let unit = 1;
  for (const byte of bytes) {
    value += (byte & 127) * unit;
    unit *= 128;
    if (byte < 128) {
      yield value;
      value = 0;
      unit = 1;
    }
  }
}
