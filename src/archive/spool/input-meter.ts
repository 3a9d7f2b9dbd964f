import { makeSha256, type Sha256 } from "../../oci/digest.ts";
import type { ScanOptions } from "../index/scan-options.ts";

type MeterOptions = Pick<ScanOptions, "onProgress" | "signal" | "makeSha256">;

/** Counts and hashes an archive's own bytes as they come in. */
export class InputMeter {
  readonly #hash: Sha256;
  readonly #total: number | undefined;
  readonly #options: MeterOptions;
  #size = 0;

  constructor(total: number | undefined, options: MeterOptions) {
    this.#total = total;
    this.#hash = (options.makeSha256 ?? makeSha256)(total ?? 0);
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  async *measure(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#options.signal?.throwIfAborted();
      this.#hash.update(chunk);
      this.#size += chunk.length;
      this.#options.onProgress?.(this.#size, this.#total);
      yield chunk;
    }
  }

  /** Hex; to be called once, at the end. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}
