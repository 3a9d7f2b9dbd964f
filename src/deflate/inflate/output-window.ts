/** Deflate's largest distance. */
export const historySize: number = 32 * 1024;
/** A match may run 257 bytes over the place to stop at, and copying in words writes up to 7 bytes more. */
const slack = 272;

/** The uncompressed bytes that were decoded last: at least 32 KiB of history, then those that nobody has taken yet. */
export class OutputWindow {
  readonly bytes: Uint8Array;
  /** Where the decoder writes next, from the start of `bytes`. */
  end = 0;
  /** First byte that was not taken. */
  taken = 0;
  /** Where the member's bytes begin: no distance reaches before it. */
  memberStart = 0;
  /** Distance of the last match that was decoded alone; 0 after a literal. */
  lastDistance = 0;
  /** Position of `bytes` in the uncompressed stream. */
  #base = 0;
  readonly #capacity: number;

  /** `memory` has room for the history, for a multiple of it to be decoded, and for the decoder to overshoot. */
  constructor(memory: Uint8Array) {
    this.bytes = memory;
    this.#capacity = memory.length - slack;
  }

  /** Bytes decoded so far. */
  get decoded(): number {
    return this.#base + this.end;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#base + this.taken;
  }

  /** Index of a position in `bytes`; may lie outside of it. */
  indexOf(position: number): number {
    return position - this.#base;
  }

  get ahead(): number {
    return this.end - this.taken;
  }

  /** How many bytes can be decoded and taken before the window must move on; never less than half of what it can hold. */
  makeRoom(): number {
    const from = this.taken - historySize;
    if (from > (this.#capacity - historySize) / 2) {
      this.bytes.copyWithin(0, from, this.end);
      this.#base += from;
      this.end -= from;
      this.taken -= from;
      this.memberStart = Math.max(0, this.memberStart - from);
    }
    return this.#capacity - this.taken;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    this.taken += count;
    return this.bytes.subarray(this.taken - count, this.taken);
  }

  /** Fills an empty window with history, whose last `ahead` bytes are still to be taken. */
  restore(history: Uint8Array, ahead: number): void {
    this.bytes.set(history);
    this.end = history.length;
    this.taken = this.end - ahead;
    this.#base = -this.taken;
  }
}
