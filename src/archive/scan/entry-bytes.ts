/** A tar's bytes, pulled in pieces. */
export interface TarBytes {
  /** The next bytes, one to `limit` of them, as a view for the time until the next call; undefined at the end. */
  read(limit: number): Promise<Uint8Array | undefined>;
}

/** The bytes of one entry, while the archive around it takes note of them as of any other's. */
export class EntryBytes implements TarBytes {
  readonly #pull: TarBytes["read"];
  #left: number;
  /** Read already, to be given again. */
  #head: Uint8Array = new Uint8Array(0);

  /** `pull` reads on in the archive around it, which never gives more than is asked for. */
  constructor(size: number, pull: TarBytes["read"]) {
    this.#left = size;
    this.#pull = pull;
  }

  /** The first `size` bytes, or all there are, without taking them away. To be called before `read`. */
  async peek(size: number): Promise<Uint8Array> {
    while (this.#head.length < size) {
      const bytes = await this.#next(size - this.#head.length);
      if (!bytes) break;
      this.#head = Buffer.concat([this.#head, bytes]);
    }
    return this.#head;
  }

  async read(limit: number): Promise<Uint8Array | undefined> {
    if (this.#head.length === 0) return this.#next(limit);
    const bytes = this.#head.subarray(0, limit);
    this.#head = this.#head.subarray(bytes.length);
    return bytes;
  }

  async #next(limit: number): Promise<Uint8Array | undefined> {
    if (this.#left === 0) return undefined;
    const bytes = await this.#pull(Math.min(limit, this.#left));
    this.#left -= bytes?.length ?? this.#left;
    return bytes;
  }
}
