interface Waiting {
  readonly size: number;
  readonly enter: () => void;
}

/**
 * At most so many at a time; fewer once the other side says that it is too much. Of those that wait the largest is next, in
 * the order of asking where they are alike: begun last, it would end long after all others.
 */
export class Slots {
  /** The next one first. */
  readonly #waiting: Waiting[] = [];
  #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = Math.max(1, limit);
  }

  async run<T>(task: () => Promise<T>, size = 0): Promise<T> {
    if (this.#taken >= this.#limit) await new Promise<void>((enter) => this.#wait({ size, enter }));
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

  #wait(waiting: Waiting): void {
    let [from, to] = [0, this.#waiting.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#waiting[middle]!.size >= waiting.size) from = middle + 1;
      else to = middle;
    }
    this.#waiting.splice(from, 0, waiting);
  }

  /** A slot goes to the next in line without being free in between, unless there are too many. */
  #release(): void {
    const next = this.#taken <= this.#limit ? this.#waiting.shift() : undefined;
    if (next) next.enter();
    else this.#taken--;
  }
}
