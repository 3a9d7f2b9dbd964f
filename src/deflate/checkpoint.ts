/**
 * Where to start inflating again: a point between two symbols of a deflate stream, with all that the symbols after it need.
 * Plain data (some 33 kB), fit for `postMessage`.
 */
export interface Checkpoint {
  /** Bit of the gzip file from which to read on. */
  readonly bitOffset: number;
  /** The block that the point lies in; undefined between blocks. */
  readonly block: CheckpointBlock | undefined;
  /** Whether that block is its member's last. */
  readonly lastBlock: boolean;
  /** The member's latest bytes, at most 32 KiB and `ahead` more. */
  readonly window: Uint8Array;
  /** How many bytes at the end of `window` lie after the position that the checkpoint stands for. */
  readonly ahead: number;
  /** CRC-32 and length of what the member gave before that position, so that its trailer can be checked. */
  readonly memberCrc: number;
  readonly memberLength: number;
}

/** Bytes left of a stored block, or a compressed block's header as it stands in the stream. */
export type CheckpointBlock = { readonly stored: number } | { readonly header: BlockHeader };

/** The bits of a block's header from its three first bits on, moved to the start of the first byte. */
export interface BlockHeader {
  readonly bytes: Uint8Array;
  readonly bitCount: number;
}
