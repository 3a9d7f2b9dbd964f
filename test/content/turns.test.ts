import { expect, test } from "vitest";
import { type Steps, takeTurns } from "../../src/content/turns.ts";

/** Steps that never end by themselves, each a millisecond of work. */
function* endless(): Steps<never> {
  for (;;) {
    const start = performance.now();
    while (performance.now() - start < 1);
    yield;
  }
}

test("long work in steps leaves timers and signals their turn, and ends with the signal's reason", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("SIGINT")));
  await expect(takeTurns(endless(), stop.signal)).rejects.toThrow("SIGINT");
});
