import type { Clock } from "../../src/registry/http/clock.ts";

export interface FakeClock extends Clock {
  /** All waits so far, in milliseconds. */
  readonly sleeps: number[];
}

/** A clock whose waits are over at once, and which knows how long they were. */
export function createFakeClock(start: number = Date.now()): FakeClock {
  const sleeps: number[] = [];
  let time = start;
  return {
    sleeps,
    now: () => time,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      time += milliseconds;
      // Lets others run, as a wait does.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
