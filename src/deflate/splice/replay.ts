/** How to make a spliced blob again from its archive: small plain data, fit for `postMessage`. */
export interface Replay {
  /** Size of the blob in bytes. */
  readonly size: number;
  /** The bits that are not in the archive, packed as deflate packs bits. */
  readonly literals: Uint8Array;
  /** Triples of packed numbers: bits to take from `literals`, bits of the archive to skip, bits of the archive to copy. */
  readonly operations: Uint8Array;
}
