/** A step of a pipeline that hashes what goes through it, and tells the length of each chunk. */
export function countInto(hash, tell = () => undefined) {
  return async function* through(source) {
    for await (const chunk of source) {
      hash.update(chunk);
      tell(chunk.length);
      yield Buffer.from(chunk);
    }
  };
}
