import type { Decoder } from "./decoder.ts";

/** What a decoder makes of a stream, pulled piece by piece. */
export class DecodedBytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #decoder: Decoder;
  /** Read already, to be given again. */
  #head: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>, decoder: Decoder) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#decoder = decoder;
  }

  /** Gives the first `size` bytes, or all there are, without taking them away. To be called before `read`. */
  async peek(size: number): Promise<Uint8Array> {
    while (this.#head.length < size) {
      const bytes = await this.#decode(size - this.#head.length);
      if (!bytes) break;
      this.#head = Buffer.concat([this.#head, bytes]);
    }
    return this.#head;
  }

  /** Gives the next bytes, one to `limit` of them, as a view for the time until the next call; undefined at the end. */
  async read(limit: number): Promise<Uint8Array | undefined> {
    if (this.#head.length === 0) return this.#decode(limit);
    const bytes = this.#head.subarray(0, limit);
    this.#head = this.#head.subarray(bytes.length);
    return bytes;
  }

  /** All bytes from here on; the chunks belong to the caller. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const bytes = await this.read(256 * 1024);
        if (!bytes) return;
        yield new Uint8Array(bytes);
      }
    } finally {
      await this.close();
    }
  }

  /** Gives back what is held, wherever the reading stands. */
  async close(): Promise<void> {
    try {
      this.#decoder.close?.();
    } finally {
      await this.#chunks.return?.();
    }
  }

  async #decode(limit: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const bytes = this.#decoder.read(limit);
      if (bytes === "end") return undefined;
      if (bytes !== "input") return bytes;
      const next = await this.#chunks.next();
      if (next.done) this.#decoder.end();
      else if (next.value.length > 0) this.#decoder.feed(next.value);
    }
  }
}
