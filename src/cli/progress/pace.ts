/** What is told of speed is that of the last so many milliseconds: a transfer that stands still says so. */
const window = 15_000;
/** Milliseconds within which nothing can be told. */
const tooSoon = 1000;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How fast something goes on, and how long it will take. */
export class Pace {
  readonly #now: () => number;
  /** One a second at most; the first is from before the window, as soon as there is one. */
  readonly #samples: Sample[] = [];
  #done: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes down how much is done by now. */
  reach(done: number): void {
    const at = this.#now();
    const last = this.#samples.at(-1);
    if (!last || at - last.at >= tooSoon) this.#samples.push({ at, done });
    while ((this.#samples[1]?.at ?? Infinity) <= at - window) this.#samples.shift();
    this.#done = done;
  }

  /** A second; nothing in the first second, nor before anything is done. */
  get rate(): number | undefined {
    const at = this.#now();
    const base = this.#samples.findLast((sample) => sample.at <= at - window) ?? this.#samples[0];
    if (!base || this.#done === undefined || at - base.at < tooSoon) return undefined;
    const rate = ((this.#done - base.done) / (at - base.at)) * 1000;
    return rate === 0 && this.#samples.length === 1 ? undefined : rate;
  }

  /** Seconds until there are so many; nothing where that cannot be told. */
  secondsUntil(total: number): number | undefined {
    const { rate } = this;
    return rate && rate > 0 ? Math.max(Math.ceil((total - (this.#done ?? 0)) / rate), 0) : undefined;
  }
}

/** `12 s`, `3 min`, `2 h 5 min`: no more than is worth knowing. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
