/** Work that a registry must hear the end of: what has to be cleaned up there is, before the connections go. */
export class UnderWay implements AsyncDisposable {
  readonly #running = new Set<Promise<unknown>>();
  readonly #end = new AbortController();

  /** Does the work with a signal that aborts when `signal` does, and when all is to end. */
  async run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = work(AbortSignal.any([this.#end.signal, ...(signal ? [signal] : [])]));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Ends the work, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error("the run is over"));
    await Promise.allSettled(this.#running);
  }
}
