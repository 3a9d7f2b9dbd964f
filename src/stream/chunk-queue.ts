/**
 * Hands chunks from one who pushes them to one who iterates over them. A chunk is in use until the next one is asked for; the
 * pusher waits by looking at how much there is.
 */
export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isEnded = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  readonly #onUsed: ((size: number) => void) | undefined;

  /** `onUsed` is told the size of every chunk that is not in use any more. */
  constructor(onUsed?: (size: number) => void) {
    this.#onUsed = onUsed;
  }

  /** Bytes that wait or are in use. */
  get size(): number {
    return this.#size;
  }

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
        yield chunk;
        this.#size -= chunk.length;
        this.#onUsed?.(chunk.length);
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
