import { crc32 } from "node:zlib";
import { BitWriter } from "../../src/deflate/splice/bit-writer.ts";
import { reverseBits } from "../../src/deflate/inflate/reverse-bits.ts";

/** Writes deflate streams bit by bit, wrong ones too. */
export class DeflateBuilder {
  readonly #parts: Buffer[] = [];
  readonly #writer = new BitWriter((bytes) => this.#parts.push(Buffer.from(bytes)));

  bits(value: number, count: number): this {
    this.#writer.write(value, count);
    return this;
  }

  /** A block's first bits: stored 0, fixed codes 1, own codes 2. */
  block(type: number, isLast = true): this {
    return this.bits(Number(isLast) | (type << 1), 3);
  }

  bytes(...bytes: readonly number[]): this {
    for (const byte of bytes) this.bits(byte, 8);
    return this;
  }

  fillByte(): this {
    return this.bits(0, this.#writer.bitsToByte);
  }

  /** A whole stored block that is not the last. */
  stored(content: Buffer): this {
    this.block(0, false).fillByte();
    return this.bits(content.length, 16)
      .bits(content.length ^ 0xffff, 16)
      .bytes(...content);
  }

  /** The header of a block with codes of its own, every length written plainly. */
  codes({ literals, distances }: Codes): this {
    this.bits(literals.length - 257, 5)
      .bits(distances.length - 1, 5)
      .bits(19 - 4, 4);
    for (let at = 0; at < 19; at++) this.bits(at < 3 ? 0 : 4, 3);
    for (const length of [...literals, ...distances]) this.bits(reverseBits(length, 4), 4);
    return this;
  }

  /** A symbol in the canonical code with these lengths. */
  symbol(lengths: readonly number[], symbol: number): this {
    const length = lengths[symbol] ?? 0;
    let code = 0;
    for (const [other, size] of lengths.entries()) {
      if (size > 0 && (size < length || (size === length && other < symbol))) code += 2 ** (length - size);
    }
    return this.bits(reverseBits(code, length), length);
  }

  build(): Buffer {
    this.fillByte();
    this.#writer.flush();
    return Buffer.concat(this.#parts);
  }

  /** As a gzip member with a trailer for this content. */
  buildGzip(content: Buffer | string): Buffer {
    const bytes = Buffer.from(content);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(bytes), 0);
    trailer.writeUInt32LE(bytes.length, 4);
    return Buffer.concat([Buffer.from("1f8b08000000000000ff", "hex"), this.build(), trailer]);
  }
}

/** Code lengths by symbol. */
export interface Codes {
  readonly literals: readonly number[];
  readonly distances: readonly number[];
}

/** Lengths by symbol, those that are not given being zero; at least 257 literals. */
export function lengthsOf(given: Readonly<Record<number, number>>, count = 257): number[] {
  const highest = Math.max(...Object.keys(given).map(Number));
  return Array.from({ length: Math.max(count, highest + 1) }, (_, symbol) => given[symbol] ?? 0);
}
