/** Hands chunks from one who pushes them to one who iterates over them; the pusher waits by looking at how many there are. */
export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isEnded = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  readonly #onTaken: ((size: number) => void) | undefined;

  /** `onTaken` is told the size of every chunk that was taken. */
  constructor(onTaken?: (size: number) => void) {
    this.#onTaken = onTaken;
  }

  /** Bytes that nobody has taken yet. */
  get size(): number {
    return this.#size;
  }

  /** The chunk belongs to the queue from here on. */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#wakeReader?.();
  }

  /** Says that there are no more; with a failure, the iteration throws it once the rest is taken. */
  end(failure?: Error): void {
    this.#isEnded = true;
    this.#failure = failure;
    this.#wakeReader?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#size -= chunk.length;
        this.#onTaken?.(chunk.length);
        yield chunk;
      } else if (this.#isEnded) {
        if (this.#failure) throw this.#failure;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }
}
