/** The lowest `count` bits in the opposite order: codes are defined highest bit first and written lowest first. */
export function reverseBits(value: number, count: number): number {
  let reversed = 0;
  for (let bit = 0; bit < count; bit++) {
    reversed = (reversed << 1) | ((value >>> bit) & 1);
  }
  return reversed;
}
