/** Bytes in chunks of `size`, each of which is overwritten when the next one is asked for, unless it is the last. */
export async function* overwritten(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield await Promise.resolve(chunk);
    if (at + size < bytes.length) chunk.fill("!");
  }
}
