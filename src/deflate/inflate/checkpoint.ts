/**
 * Where to start inflating again: a point between two symbols of a gzip stream, with all that the symbols after it need.
 * Plain data (some 33 kB), fit for `postMessage`.
 */
export interface Checkpoint {
  /** Bit of the gzip stream from which to read on. */
  readonly bitOffset: number;
  readonly phase: GzipPhase;
  /** The block that the point lies in. */
  readonly block: BlockHeader | StoredBlock | undefined;
  /** The member's latest bytes, at most 32 KiB. */
  readonly window: Uint8Array;
  /** How many bytes at the end of `window` lie after the position that the checkpoint stands for. */
  readonly ahead: number;
  /** CRC-32 and length of what the member gave before that position, so that its trailer can be checked. */
  readonly memberCrc: number;
  readonly memberLength: number;
}

/** What comes next in a gzip stream (RFC 1952, 2.2). */
export type GzipPhase = "memberHeader" | "blockHeader" | "symbols" | "trailer" | "padding";

/** A compressed block's header as it stands in the stream, from its three first bits on, moved to the start of a byte. */
export interface BlockHeader {
  readonly bytes: Uint8Array;
  readonly bitCount: number;
}

export interface StoredBlock {
  readonly last: boolean;
  /** Bytes left of it. */
  readonly rest: number;
}
