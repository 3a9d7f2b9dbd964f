const usualCapacity = 64 * 1024;

/** Writes bits in deflate's order, lowest first, and gives the bytes away in pieces. */
export class BitWriter {
  readonly #onBytes: (bytes: Uint8Array) => void;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;
  /** Up to seven bits that make no byte yet. */
  #bits = 0;
  #bitCount = 0;

  /** The views that `onBytes` gets, of up to `capacity` bytes, are overwritten after the call. */
  constructor(onBytes: (bytes: Uint8Array) => void, capacity: number = usualCapacity) {
    this.#onBytes = onBytes;
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many zero bits would fill the last byte. */
  get bitsToByte(): number {
    return -this.#bitCount & 7;
  }

  /** Writes the lowest `count` bits, at most 24, of a value that has no others. */
  write(value: number, count: number): void {
    this.#bits |= value << this.#bitCount;
    this.#bitCount += count;
    while (this.#bitCount >= 8) {
      this.#makeRoom(1);
      this.#bytes[this.#length++] = this.#bits;
      this.#bits >>>= 8;
      this.#bitCount -= 8;
    }
  }

  /** Copies bits; up to seven bytes behind them are read too and must be within the view. */
  copy(source: DataView, bit: number, count: number): void {
    const toByte = Math.min(count, this.bitsToByte);
    this.#copyFew(source, bit, toByte);
    let from = bit + toByte;
    let left = count - toByte;
    while (left >= 32) {
      this.#makeRoom(4);
      const words = Math.min(left >>> 5, (this.#bytes.length - this.#length) >>> 2);
      this.#copyWords(source, from, words);
      from += words * 32;
      left -= words * 32;
    }
    this.#copyFew(source, from, left);
  }

  /** Gives away what is left, which must be whole bytes. */
  flush(): void {
    if (this.#length > 0) {
      this.#onBytes(this.#bytes.subarray(0, this.#length));
      this.#length = 0;
    }
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) {
      this.flush();
    }
  }

  /** Copies fewer than 32 bits. */
  #copyFew(source: DataView, bit: number, count: number): void {
    for (let done = 0; done < count; done += 16) {
      const some = Math.min(16, count - done);
      const at = bit + done;
      this.write((source.getUint32(at >>> 3, true) >>> (at & 7)) & ((1 << some) - 1), some);
    }
  }

  /** Copies 32 bits at a time to whole bytes; the loop that makes the copying cheap. */
  #copyWords(source: DataView, bit: number, words: number): void {
    const target = this.#view;
    const low = bit & 7;
    const high = 32 - low;
    let from = bit >>> 3;
    let at = this.#length;
    const end = at + words * 4;
    if (low === 0) {
      const bytes = new Uint8Array(source.buffer, source.byteOffset + from, words * 4);
      this.#bytes.set(bytes, at);
    } else {
      let word = source.getInt32(from, true);
      for (; at < end; at += 4) {
        from += 4;
        const following = source.getInt32(from, true);
        target.setInt32(at, (word >>> low) | (following << high), true);
        word = following;
      }
    }
    this.#length = end;
  }
}
