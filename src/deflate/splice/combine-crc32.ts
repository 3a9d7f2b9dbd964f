/** The CRC-32 polynomial of RFC 1952, 8, without its highest term; the lowest bit is the highest power of x. */
const polynomial = 0xedb88320;
const one = 1 << 31;

/** x to the power of 2, 4, 8, ... times itself: entry k is x ** (2 ** k). */
const powers = [1 << 30];
for (let k = 1; k < 32; k++) {
  powers.push(multiply(powers[k - 1]!, powers[k - 1]!));
}

/**
 * The CRC-32 of bytes whose first part has the CRC-32 `first`, and whose last `length` bytes have `second`: so bytes that
 * count for two checksums are read once. It is zlib's method, and costs about a microsecond.
 */
export function combineCrc32(first: number, second: number, length: number): number {
  let shift = one;
  for (let rest = length, k = 3; rest > 0; rest >>>= 1, k++) {
    if (rest & 1) {
      shift = multiply(powers[k]!, shift);
    }
  }
  return (multiply(shift, first) ^ second) >>> 0;
}

/** The product of two polynomials over GF(2), modulo the CRC's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let term = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) {
      product ^= term;
    }
    term = term & 1 ? (term >>> 1) ^ polynomial : term >>> 1;
  }
  return product;
}
