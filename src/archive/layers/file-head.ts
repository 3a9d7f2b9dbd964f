import type { TarEntry } from "../tar/tar-parser.ts";
import { readSparseMap, type SparsePieces } from "../tar/sparse-map.ts";
import { binaryHeadSize } from "./binary-architecture.ts";

/** A sparse file's map and first pieces: what is longer is none that a program is stored as. */
const maxStored = 16 * 1024;
/** What an ELF file, a Windows program and a script begin with. */
const promising: ReadonlySet<number | undefined> = new Set([0x7f, 0x4d, 0x23]);

/** The first kilobyte of a file, collected from a tar, sparse ones as they come out on disk. */
export class FileHead {
  readonly #stored = new Uint8Array(maxStored);
  #entry: Pick<TarEntry, "isSparse" | "sparsePieces"> | undefined;
  #wanted = 0;
  #filled = 0;

  begin(entry: TarEntry): void {
    this.#entry = entry;
    this.#wanted = entry.isSparse ? maxStored : binaryHeadSize;
    this.#filled = 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#filled === this.#wanted) return;
    const part = bytes.subarray(0, this.#wanted - this.#filled);
    this.#stored.set(part, this.#filled);
    this.#filled += part.length;
    if (!this.#entry?.isSparse && !promising.has(this.#stored[0])) this.#wanted = this.#filled;
  }

  /** What there is of it; a view, until the next file begins. */
  end(): Uint8Array {
    const stored = this.#stored.subarray(0, this.#filled);
    if (!this.#entry?.isSparse) return stored;
    if (this.#entry.sparsePieces) return fillIn(stored, this.#entry.sparsePieces);
    const map = readSparseMap(stored);
    return map ? fillIn(stored.subarray(map.size), map.pieces) : new Uint8Array(0);
  }
}

function fillIn(stored: Uint8Array, pieces: SparsePieces): Uint8Array {
  const head = new Uint8Array(binaryHeadSize);
  let at = 0;
  for (const [offset, size] of pieces) {
    if (offset >= head.length || at >= stored.length) break;
    const part = stored.subarray(at, at + Math.min(size, head.length - offset));
    head.set(part, offset);
    at += size;
  }
  return head;
}
