/**
 * Decode table entries, packed into 32 bits in the manner of libdeflate (Eric Biggers; documented in its deflate_decompress.c),
 * here with the sign as the literal's mark and the shift count in the lowest five bits, which is all that shifts look at:
 *
 *     bits 0-4    bits to consume: the code and the extra bits behind it; up to 28
 *     bits 8-11   bits of the code alone; in a link, how many more bits choose the entry
 *     bit 13      no such symbol
 *     bit 14      end of block
 *     bit 15      special: one of the two above, or a link to a subtable
 *     bits 16-30  literal, base of a length or distance, or a link's subtable
 *     bit 31      literal
 */
export const special: number = 1 << 15;
export const endOfBlock: number = 1 << 14;
export const noSymbol: number = 1 << 13;

/** RFC 1951, 3.2.5: length symbols from 257 on, and distance symbols. */
export const lengthBases: readonly number[] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
export const lengthExtraBits: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
export const distanceBases: readonly number[] = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
export const distanceExtraBits: readonly number[] = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** Entries by symbol, still without the lengths of their codes. */
export const literalEntries: Int32Array = new Int32Array(288).fill(special | noSymbol);
export const distanceEntries: Int32Array = new Int32Array(32).fill(special | noSymbol);
export const codeLengthEntries: Int32Array = Int32Array.from({ length: 19 }, (_, symbol) => symbol << 16);

for (let literal = 0; literal < 256; literal++) {
  literalEntries[literal] = (1 << 31) | (literal << 16);
}
literalEntries[256] = special | endOfBlock;
literalEntries.set(packEntries(lengthBases, lengthExtraBits), 257);
distanceEntries.set(packEntries(distanceBases, distanceExtraBits));

function packEntries(bases: readonly number[], extraBits: readonly number[]): number[] {
  return bases.map((base, index) => (base << 16) | (extraBits[index] ?? 0));
}
