/** The start of a stream, and the stream with it. */
export interface Peeked {
  /** At least `size` bytes, or all there are. */
  readonly head: Uint8Array;
  readonly chunks: AsyncGenerator<Uint8Array>;
}

/** Reads the first bytes of a stream without taking them away. Whoever gets the chunks reads or closes them. */
export async function peek(input: AsyncIterable<Uint8Array>, size: number): Promise<Peeked> {
  const iterator = input[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < size) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const chunks = replay(head, iterator);
  // Begun, since the end of a generator that was never begun does not close what it reads from.
  await chunks.next();
  return { head, chunks };
}

async function* replay(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield new Uint8Array(0);
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
