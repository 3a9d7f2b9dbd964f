import type { CompressedInput } from "./compressed-input.ts";
import { HuffmanTable } from "./huffman-table.ts";
import { codeLengthEntries } from "./symbol-entries.ts";

/** RFC 1951, 3.2.7: the order in which the lengths of the code length code come. */
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;
const codeLengthBits = 7;
const repeatPrevious = 16;

/** Reads the code lengths in the header of a block with codes of its own (RFC 1951, 3.2.7). */
export class CodeLengthReader {
  readonly #table = new HuffmanTable(codeLengthBits, new Int32Array(1 << codeLengthBits), codeLengthEntries);
  /** All lengths, literals first; the last run may overshoot the count by 137 before that is noticed. */
  readonly #lengths = new Uint8Array(286 + 30 + 137);

  /** The lengths by symbol, as views that the next call overwrites. */
  read(input: CompressedInput): { readonly literals: Uint8Array; readonly distances: Uint8Array } {
    const literalCount = input.read(5) + 257;
    const distanceCount = input.read(5) + 1;
    if (literalCount > 286 || distanceCount > 30) {
      throw input.damaged("a block has more symbols than deflate knows");
    }
    this.#readCode(input);
    const count = literalCount + distanceCount;
    if (this.#readLengths(input, count) > count) {
      throw input.damaged("a block has more code lengths than symbols");
    }
    return {
      literals: this.#lengths.subarray(0, literalCount),
      distances: this.#lengths.subarray(literalCount, count),
    };
  }

  #readCode(input: CompressedInput): void {
    const count = input.read(4) + 4;
    const lengths = new Uint8Array(codeLengthOrder.length);
    for (const symbol of codeLengthOrder.slice(0, count)) {
      lengths[symbol] = input.read(3);
    }
    if (!this.#table.build(lengths)) {
      throw input.damaged("the code lengths of a block make no code");
    }
  }

  #readLengths(input: CompressedInput, count: number): number {
    const lengths = this.#lengths;
    const { entries } = this.#table;
    let at = 0;
    while (at < count) {
      const entry = entries[input.peek(codeLengthBits)]!;
      const symbol = entry >>> 16;
      input.bit += entry & 31;
      if (symbol < 16) {
        lengths[at++] = symbol;
      } else if (symbol === repeatPrevious && at === 0) {
        throw input.damaged("a block repeats a code length before the first one");
      } else {
        const end = at + readRun(input, symbol);
        lengths.fill(symbol === repeatPrevious ? lengths[at - 1]! : 0, at, end);
        at = end;
      }
    }
    return at;
  }
}

function readRun(input: CompressedInput, symbol: number): number {
  switch (symbol) {
    case repeatPrevious:
      return 3 + input.read(2);
    case 17:
      return 3 + input.read(3);
    default:
      return 11 + input.read(7);
  }
}
