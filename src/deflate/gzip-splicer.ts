import type { Digest } from "../oci/digest.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Replay } from "./replay-blob.ts";

export interface GzipSplicerOptions {
  /** Gets every spliced blob's bytes as they come out, e.g. for a spool; the view is overwritten after the call. */
  readonly onBlobBytes?: (bytes: Uint8Array) => void;
}

/** A gzip blob that was cut out of a gzip stream. */
export interface SplicedBlob {
  readonly digest: Digest;
  /** Compressed size in bytes. */
  readonly size: number;
  readonly replay: Replay;
}

/**
 * Inflates a gzip stream that it is fed, and cuts ranges of it out as gzip blobs of their own without compressing again
 * (docs/deflate.md). Without a blob begun it is a strict gunzip: any number of members, each one's CRC-32 and length
 * checked, zero padding after the last one, nothing else.
 */
export class GzipSplicer {
  constructor(options: GzipSplicerOptions = {}) {
    void options;
  }

  /** Uncompressed bytes handed out so far. */
  get position(): number {
    return 0;
  }

  /** Gives compressed bytes; the chunk must keep its content until `read` asks for input again. Call it only when it asks. */
  feed(chunk: Uint8Array): void {
    void chunk;
  }

  /** Says that there is no more input: what follows tells a clean end from a truncated file. */
  end(): void {}

  /**
   * Gives the next uncompressed bytes, one to `limit` of them, never past the end of a blob that was begun: a view that is
   * valid until the next call. `"input"` asks for `feed` or `end`; `"end"` comes after the last member, again and again.
   * Throws `ARCHIVE_DAMAGED` with the offset in the compressed stream.
   */
  read(limit: number): Uint8Array | "input" | "end" {
    void limit;
    return "end";
  }

  /** From the current position on, cuts the next `size` bytes out as a gzip blob, while they are read. */
  beginBlob(size: number): void {
    void size;
  }

  /** To be called after exactly `size` bytes were read. */
  endBlob(): SplicedBlob {
    throw new Error("not yet");
  }

  /**
   * Gives up the blob that was begun, at any point of it, and costs nothing from there on: the scan begins one for every
   * entry, since the first 512 bytes have to be read before it is known whether the entry is a plain layer.
   */
  dropBlob(): void {}

  /** Where to inflate from to get the bytes that follow the current position again. */
  checkpoint(): Checkpoint {
    throw new Error("not yet");
  }
}
