import { createHash } from "node:crypto";
import type { ScanOptions } from "../index/scan-options.ts";

/** Counts and hashes an archive's own bytes as they come in. */
export class InputMeter {
  readonly #hash = createHash("sha256");
  readonly #total: number | undefined;
  readonly #options: Pick<ScanOptions, "onProgress" | "signal">;
  #size = 0;

  constructor(total: number | undefined, options: Pick<ScanOptions, "onProgress" | "signal">) {
    this.#total = total;
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
