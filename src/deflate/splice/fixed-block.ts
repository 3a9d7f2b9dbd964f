import { reverseBits } from "../inflate/reverse-bits.ts";
import { distanceBases, distanceExtraBits, lengthBases, lengthExtraBits } from "../inflate/symbol-entries.ts";

/** Where a block's bits go. */
export interface BitSink {
  /** Takes the lowest `count` bits, at most 24, of a value that has no others. */
  write(value: number, count: number): void;
}

const fixedBlockType = 1;
const endOfBlock = { code: 0, bits: 7 } as const;

const literalBits = Uint8Array.from({ length: 256 }, (_, literal) => (literal < 144 ? 8 : 9));
const literalCodes = Uint16Array.from(literalBits, (bits, literal) =>
  reverseBits(literal < 144 ? 0x30 + literal : 0x190 + literal - 144, bits),
);
const lengthSymbols = Uint8Array.from({ length: 259 }, (_, length) =>
  lengthBases.findLastIndex((base) => base <= length),
);

/** Writes symbols into a block with deflate's fixed codes (RFC 1951, 3.2.6). */
export class FixedBlock {
  readonly #sink: BitSink;

  constructor(sink: BitSink, last: boolean) {
    this.#sink = sink;
    sink.write(Number(last) | (fixedBlockType << 1), 3);
  }

  writeLiteral(literal: number): void {
    this.#sink.write(literalCodes[literal]!, literalBits[literal]!);
  }

  writeMatch(length: number, distance: number): void {
    const lengthSymbol = lengthSymbols[length]!;
    const lengthBits = lengthSymbol < 23 ? 7 : 8;
    this.#sink.write(
      reverseBits(lengthSymbol < 23 ? lengthSymbol + 1 : 0xc0 + lengthSymbol - 23, lengthBits),
      lengthBits,
    );
    this.#sink.write(length - lengthBases[lengthSymbol]!, lengthExtraBits[lengthSymbol]!);
    const symbol = distanceSymbol(distance);
    this.#sink.write(reverseBits(symbol, 5), 5);
    this.#sink.write(distance - distanceBases[symbol]!, distanceExtraBits[symbol]!);
  }

  end(): void {
    this.#sink.write(endOfBlock.code, endOfBlock.bits);
  }
}

function distanceSymbol(distance: number): number {
  if (distance <= 2) {
    return distance - 1;
  }
  const highest = 31 - Math.clz32(distance - 1);
  return highest * 2 + (((distance - 1) >>> (highest - 1)) & 1);
}
