import type { Clock } from "./clock.ts";

/** Lets so many bytes a second through, over all who share it. */
export class RateLimit {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  /** When the bytes that were let through so far will have had their time. */
  #dueAt = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** Waits until it is these bytes' turn. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const turn = Math.max(now, this.#dueAt);
    this.#dueAt = turn + (bytes / this.#bytesPerSecond) * 1000;
    if (turn > now) await this.#clock.sleep(turn - now, signal);
  }
}
