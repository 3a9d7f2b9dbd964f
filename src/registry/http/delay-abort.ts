import type { Clock } from "./clock.ts";

/**
 * A signal that aborts some milliseconds after another one: for a request whose answer says what there is to clean up.
 * To be disposed once the answer is there.
 */
export function delayAbort(
  signal: AbortSignal | undefined,
  milliseconds: number,
  clock: Clock,
): Disposable & { readonly signal: AbortSignal } {
  const late = new AbortController();
  const answered = new AbortController();
  const abort = (): void => {
    clock.sleep(milliseconds, answered.signal).then(
      () => late.abort(signal?.reason),
      () => undefined,
    );
  };
  signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: late.signal,
    [Symbol.dispose]: () => {
      signal?.removeEventListener("abort", abort);
      answered.abort();
    },
  };
}
