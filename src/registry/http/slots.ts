/** At most so many at a time, in the order of asking; fewer once the other side says that it is too much. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = Math.max(1, limit);
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken++;
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  /** Halves the limit, down to one; not again before that has taken effect, since complaints come in bursts. */
  halve(): void {
    if (this.#taken > this.#limit) return;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }

  /** A slot goes to the next in line without being free in between, unless there are too many. */
  #release(): void {
    const next = this.#taken <= this.#limit ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#taken--;
  }
}
