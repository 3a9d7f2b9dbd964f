/** Work in steps, with a place between two of them at which others may have their turn. */
export type Steps<T> = Generator<void, T, void>;

/** Milliseconds that signals and sockets wait at most, where steps are short. */
const longestTurn = 25;
let turnSince = performance.now();

/**
 * Lets signals, timers and sockets have their turn where the last one is long ago: to be called in every loop whose length
 * others decide. Throws the signal's reason.
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  if (performance.now() - turnSince > longestTurn) {
    await new Promise((resolve) => setImmediate(resolve));
    turnSince = performance.now();
  }
  signal?.throwIfAborted();
}

/** Does all the steps, and breathes in between. */
export async function takeTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breathe(signal);
  }
}
