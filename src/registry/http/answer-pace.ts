/** The least that an answer has to bring: so many bytes in so many milliseconds of waiting. */
export interface Pace {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Slower than any line that is worth using; silence is ended earlier, by a limit of its own. */
export const slowestPace: Pace = { bytes: 64 * 1024, milliseconds: 60_000 };

/**
 * An answer's body, as long as it comes at that pace: whoever sends byte after byte could hold a run for ever, since none of
 * them is late. Only the time that is spent waiting counts, by `now` in milliseconds: readers may take theirs.
 */
export async function* paceAnswer(
  chunks: AsyncIterable<Uint8Array>,
  pace: Pace,
  now: () => number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waited = 0;
  let received = 0;
  let since = now();
  for await (const chunk of chunks) {
    waited += now() - since;
    received += chunk.length;
    if (received < pace.bytes && waited > pace.milliseconds) throw tooSlow(received, pace);
    if (received >= pace.bytes) {
      waited = 0;
      received = 0;
    }
    yield chunk;
    since = now();
  }
}

/** What ends an answer, or a list of them, that brought so little in that time. */
export function tooSlow(received: number, { milliseconds }: Pick<Pace, "milliseconds">): Error {
  const message = `${received} bytes in ${Math.round(milliseconds / 1000)} seconds`;
  return Object.assign(new Error(message), { code: slowAnswerCode });
}

/** The code of the error that ends an answer. */
export const slowAnswerCode = "SLOW_ANSWER_TIMEOUT";
