import { blockSize } from "../../stream/tar-checksum.ts";

/** Where the stored pieces of a sparse file belong, in the order in which they are stored. */
export type SparsePieces = readonly (readonly [offset: number, size: number])[];

/**
 * The map that GNU tar's PAX form 1.0 puts in front of a sparse file's data: numbers, one a line, padded to whole blocks
 * (GNU tar manual, "PAX Format, Version 1.0"). Undefined where it is not one, or longer than what is given.
 */
export function readSparseMap(
  data: Uint8Array,
): { readonly pieces: SparsePieces; readonly size: number } | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString("latin1");
  const count = Number(/^(\d{1,6})\n/.exec(text)?.[1] ?? Number.NaN);
  const lines = text.split("\n", 1 + 2 * count + 1);
  if (Number.isNaN(count) || lines.length <= 1 + 2 * count) return undefined;
  const numbers = lines.slice(1, 1 + 2 * count);
  const pieces = pairNumbers(numbers);
  const length = [lines[0], ...numbers].join("\n").length + 1;
  return pieces && { pieces, size: Math.ceil(length / blockSize) * blockSize };
}

/** The map of form 0.1, `offset,size,offset,size`, and of whatever else has been brought into pairs. */
export function pairNumbers(numbers: readonly string[]): SparsePieces | undefined {
  if (numbers.length % 2 || !numbers.every((number) => /^\d{1,15}$/.test(number))) return undefined;
  return Array.from({ length: numbers.length / 2 }, (_, i) => [
    Number(numbers[2 * i]),
    Number(numbers[2 * i + 1]),
  ]);
}

const entryStart = 386;
const numberSize = 12;

/** The first four pieces of an old GNU sparse header: a file's first kilobyte is in them. */
export function readSparseHeader(block: Uint8Array): SparsePieces {
  const numbers = Array.from({ length: 8 }, (_, i) => {
    const start = entryStart + i * numberSize;
    return String.fromCharCode(...block.subarray(start, start + numberSize)).replace(/[\0 ]+/g, "");
  });
  const octal = numbers.map((text) => (/^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : 0));
  return Array.from({ length: 4 }, (_, i) => [octal[2 * i] ?? 0, octal[2 * i + 1] ?? 0]);
}
