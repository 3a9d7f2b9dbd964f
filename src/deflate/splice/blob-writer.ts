import { type Digest, type Sha256, sha256Digest } from "../../oci/digest.ts";
import { BitWriter } from "./bit-writer.ts";
import type { CompressedInput } from "../inflate/compressed-input.ts";
import type { BitSink } from "./fixed-block.ts";
import type { Replay } from "./replay.ts";
import { ReplayRecorder } from "./replay-recorder.ts";

/** A gzip blob that was cut out of a gzip stream. */
export interface SplicedBlob {
  readonly digest: Digest;
  /** Compressed size in bytes. */
  readonly size: number;
  readonly replay: Replay;
}

/** Puts a blob together bit by bit, hashes it, and records how it was done. */
export class BlobWriter implements BitSink {
  readonly #hash: Sha256;
  readonly #recorder = new ReplayRecorder();
  readonly #bits: BitWriter;
  #size = 0;

  constructor(hash: Sha256, onBytes?: (bytes: Uint8Array) => void) {
    this.#hash = hash;
    this.#bits = new BitWriter((bytes) => {
      this.#hash.update(bytes);
      this.#size += bytes.length;
      onBytes?.(bytes);
    });
  }

  write(value: number, count: number): void {
    this.#bits.write(value, count);
    this.#recorder.write(value, count);
  }

  writeBytes(bytes: readonly number[]): void {
    for (const byte of bytes) {
      this.write(byte, 8);
    }
  }

  fillByte(): void {
    this.write(0, this.#bits.bitsToByte);
  }

  /** Copies the input's bits from one of its bits to the one that comes next. */
  copy(input: CompressedInput, bit: number): void {
    const count = input.bit - bit;
    this.#bits.copy(input.view, bit, count);
    this.#recorder.copy(input.bitOffset - count, count);
  }

  finish(): SplicedBlob {
    this.#bits.flush();
    return {
      digest: sha256Digest(this.#hash.digest("hex")),
      size: this.#size,
      replay: this.#recorder.finish(this.#size),
    };
  }
}
