/** Bytes in memory that grow at the end. */
export class GrowingBytes {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }

  /** A copy, of no more than its size. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
