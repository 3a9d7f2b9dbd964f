import type { BlockHeader, StoredBlock } from "./checkpoint.ts";
import { CodeLengthReader } from "./code-lengths.ts";
import { CompressedInput, inputPadding } from "./compressed-input.ts";
import { HuffmanTable } from "./huffman-table.ts";
import { reverseBits } from "./reverse-bits.ts";
import type { SymbolDecoder } from "./symbol-decoder.ts";
import { distanceEntries, literalEntries } from "./symbol-entries.ts";

/** Bits that find a table entry. With their subtables the tables come to at most 2342 and 402 entries (zlib's enough.c counts). */
const literalTableBits = 11;
const distanceTableBits = 8;

/** More bytes than any block header has: 17 bits, 19 code lengths of 3, 316 of at most 14. */
export const blockHeaderSize = 600;

const endOfBlock = 256;
/** RFC 1951, 3.2.6. */
const fixedLiteralLengths = Uint8Array.from({ length: 288 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
const fixedDistanceLengths = new Uint8Array(32).fill(5);

/** The deflate block that the decoder is in: its code tables, or how much is left of it if it is stored. */
export class DeflateBlock {
  /** Whether it is its member's last. */
  last = false;
  stored = false;
  /** Bytes left of a stored block. */
  storedRest = 0;
  readonly literals: HuffmanTable;
  readonly distances: HuffmanTable;
  readonly #codeLengths = new CodeLengthReader();
  #literalLengths: Uint8Array = new Uint8Array();
  readonly #headerBytes = new Uint8Array(blockHeaderSize + 1);
  #headerBit = 0;
  #headerBitCount = 0;

  constructor({ literals, distances }: Pick<SymbolDecoder, "literals" | "distances">) {
    this.literals = new HuffmanTable(literalTableBits, literals, literalEntries);
    this.distances = new HuffmanTable(distanceTableBits, distances, distanceEntries);
  }

  /** Reads a block's header; `blockHeaderSize` bytes of input must be there, or all that will ever be. */
  start(input: CompressedInput): void {
    const from = input.bit;
    this.last = input.read(1) === 1;
    const type = input.read(2);
    this.stored = type === 0;
    if (type === 0) {
      this.#readStoredLength(input);
    } else if (type === 1) {
      this.#useFixedCodes();
    } else if (type === 2) {
      this.#readCodes(input);
    } else {
      throw input.damaged("there is no block type 3");
    }
    input.checkEnd();
    this.#keepHeader(input, from);
  }

  /** Goes on in the middle of a block, as {@link state} described it. */
  resume(state: BlockHeader | StoredBlock): void {
    if ("rest" in state) {
      this.stored = true;
      this.storedRest = state.rest;
      this.last = state.last;
    } else {
      const input = new CompressedInput(new Uint8Array(blockHeaderSize + inputPadding));
      input.feed(state.bytes);
      input.ensure(state.bytes.length);
      this.start(input);
    }
  }

  get state(): BlockHeader | StoredBlock {
    return this.stored ? { last: this.last, rest: this.storedRest } : this.header;
  }

  /** The header of a block that is not stored. */
  get header(): BlockHeader {
    const bytes = new Uint8Array(Math.ceil(this.#headerBitCount / 8));
    const shift = this.#headerBit;
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = (this.#headerBytes[at]! >>> shift) | (this.#headerBytes[at + 1]! << (8 - shift));
    }
    bytes[bytes.length - 1]! &= 0xff >>> (-this.#headerBitCount & 7);
    return { bytes, bitCount: this.#headerBitCount };
  }

  /** The code that ends a block that is not stored, first bit lowest, and its length (RFC 1951, 3.2.2). */
  get endCode(): { readonly bits: number; readonly length: number } {
    const length = this.#literalLengths[endOfBlock]!;
    let code = 0;
    this.#literalLengths.forEach((other, symbol) => {
      const earlier = other < length || (other === length && symbol < endOfBlock);
      code += other > 0 && earlier ? 1 << (length - other) : 0;
    });
    return { bits: reverseBits(code, length), length };
  }

  #readStoredLength(input: CompressedInput): void {
    input.skipToByte();
    this.storedRest = input.read(16);
    if (input.read(16) !== (this.storedRest ^ 0xffff)) {
      throw input.damaged("the two lengths of a stored block differ");
    }
  }

  #useFixedCodes(): void {
    if (this.#literalLengths !== fixedLiteralLengths) {
      this.#literalLengths = fixedLiteralLengths;
      this.literals.build(fixedLiteralLengths);
      this.distances.build(fixedDistanceLengths);
    }
  }

  #readCodes(input: CompressedInput): void {
    const { literals, distances } = this.#codeLengths.read(input);
    this.#literalLengths = literals;
    input.checkEnd();
    if (literals[endOfBlock] === 0 || !this.literals.build(literals) || !this.distances.build(distances)) {
      throw input.damaged("the code lengths of a block make no code");
    }
  }

  #keepHeader(input: CompressedInput, from: number): void {
    const bytes = input.bytes.subarray(from >>> 3, ((input.bit - 1) >>> 3) + 1);
    this.#headerBytes.set(bytes);
    this.#headerBit = from & 7;
    this.#headerBitCount = input.bit - from;
  }
}
