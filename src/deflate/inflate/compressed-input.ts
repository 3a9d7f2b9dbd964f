import type { AirgapError } from "../../oci/airgap-error.ts";
import { damagedGzip } from "./damaged-gzip.ts";

/** What may be read behind the end of the input before that is noticed: a whole block header. */
export const inputPadding = 1024;

/**
 * The compressed bytes that the decoder works on, read by bits. They are copied out of the chunks in pieces that fit the
 * processor's cache, so that symbols may lie across chunks and the decoder may look ahead without asking.
 */
export class CompressedInput {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Next bit, from the start of `bytes`. */
  bit = 0;
  /** Where the bytes end for now. */
  end = 0;
  /** Offset of `bytes` in the stream. */
  #base: number;
  readonly #capacity: number;
  #chunk: Uint8Array = new Uint8Array();
  #closed = false;

  /** `memory` has room for 1 KiB more than there can be input at a time. */
  constructor(memory: Uint8Array, bitOffset = 0) {
    this.bytes = memory;
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.#capacity = memory.length - inputPadding;
    this.#base = Math.floor(bitOffset / 8);
    this.bit = bitOffset % 8;
  }

  feed(chunk: Uint8Array): void {
    this.#checkAsked();
    this.#chunk = chunk;
  }

  close(): void {
    this.#checkAsked();
    this.#closed = true;
  }

  /** Whole bytes that are there from the next bit's byte on. */
  get available(): number {
    return this.end - (this.bit >>> 3);
  }

  /** Offset in the stream of the next bit, in bits. */
  get bitOffset(): number {
    return this.#base * 8 + this.bit;
  }

  /** Offset in the stream of the next bit's byte. */
  get offset(): number {
    return this.#base + (this.bit >>> 3);
  }

  /** Whether `count` bytes are available, or all that will ever be. */
  has(count: number): boolean {
    return this.available >= count || this.#closed;
  }

  /** As {@link has}, after taking what was fed, which may renumber `bit`; false if more must be fed first. */
  ensure(count: number): boolean {
    if (!this.has(count)) {
      this.#takeFromChunk();
    }
    return this.has(count);
  }

  /** The next `count` bits, at most 25, lowest first. */
  peek(count: number): number {
    return (this.view.getUint32(this.bit >>> 3, true) >>> (this.bit & 7)) & ((1 << count) - 1);
  }

  /** Reads up to 25 bits. */
  read(count: number): number {
    const value = this.peek(count);
    this.bit += count;
    return value;
  }

  skipToByte(): void {
    this.bit = (this.bit + 7) & ~7;
  }

  /** Throws where more bits were read than there are. */
  checkEnd(): void {
    if (this.bit > this.end * 8) {
      throw this.cutOff();
    }
  }

  /** The error for what was just read; where the input had ended before, that is what it says. */
  damaged(detail: string): AirgapError {
    return this.bit > this.end * 8 ? this.cutOff() : damagedGzip(this.offset, detail);
  }

  cutOff(): AirgapError {
    return damagedGzip(this.#base + this.end, "it is cut off here");
  }

  #checkAsked(): void {
    if (this.#closed || this.#chunk.length > 0) {
      throw new Error("Cannot feed or end the input: there is some left, or it was ended before");
    }
  }

  #takeFromChunk(): void {
    if (this.#chunk.length === 0) {
      return;
    }
    if (this.#chunk.length > this.#capacity - this.end) {
      this.#moveToFront();
    }
    const taken = Math.min(this.#chunk.length, this.#capacity - this.end);
    this.bytes.set(this.#chunk.subarray(0, taken), this.end);
    this.end += taken;
    this.#chunk = this.#chunk.subarray(taken);
  }

  #moveToFront(): void {
    const from = this.bit >>> 3;
    this.bytes.copyWithin(0, from, this.end);
    this.#base += from;
    this.end -= from;
    this.bit &= 7;
  }
}
