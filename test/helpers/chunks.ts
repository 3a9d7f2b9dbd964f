/** Bytes as they come from a file or a pipe; every chunk lies in the middle of a larger buffer. */
export async function* chunksOf(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    yield await Promise.resolve(Buffer.concat([Buffer.alloc(3), chunk]).subarray(3));
  }
}

/** All of a stream in one piece. */
export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** Some bytes, and then the failure of what they come from. */
export async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
  throw new Error("the disk is gone");
}
