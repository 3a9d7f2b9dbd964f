import type { Decoder } from "./decoder.ts";

/** Gives back what it is fed. */
export class PlainDecoder implements Decoder {
  #chunk: Uint8Array | undefined;
  #taken = 0;
  #isEnded = false;

  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#taken = 0;
  }

  end(): void {
    this.#isEnded = true;
  }

  read(limit: number): Uint8Array | "input" | "end" {
    const chunk = this.#chunk;
    if (!chunk || this.#taken === chunk.length) return this.#isEnded ? "end" : "input";
    const bytes = chunk.subarray(this.#taken, this.#taken + limit);
    this.#taken += bytes.length;
    return bytes;
  }
}
