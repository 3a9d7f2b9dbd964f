import { BitWriter } from "./bit-writer.ts";
import { type ForwardBytes, type GzipSource, openSource, readSize, sourceChanged } from "./gzip-source.ts";
import { readNumbers } from "./packed-numbers.ts";
import type { Replay } from "./replay.ts";

/** What copying bits may read behind the last of them. */
const lookahead = 8;

/** Of chunks, in bytes: small ones are many for whoever sends them. */
const chunkSize = 256 * 1024;

export interface ReplayOptions {
  readonly signal?: AbortSignal | undefined;
  /** A chunk may be overwritten when the next one is asked for. Default false: they belong to the caller. */
  readonly reuseBuffers?: boolean | undefined;
}

/**
 * Gives the bytes of a spliced blob again, read from its archive's stream; the same bytes whenever that is the same. Throws `ARCHIVE_CHANGED` where the stream has become too short, and the signal's reason.
 */
export async function* replayBlob(
  source: GzipSource,
  replay: Replay,
  options: ReplayOptions = {},
): AsyncGenerator<Uint8Array> {
  options.signal?.throwIfAborted();
  const stream = await openSource(source);
  try {
    yield* replayFrom(new ArchiveBits(source, stream), replay, options);
  } finally {
    await stream.close();
  }
}

async function* replayFrom(
  archive: ArchiveBits,
  replay: Replay,
  { signal, reuseBuffers = false }: ReplayOptions,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const spare: Uint8Array[] = [];
  const writer = new BitWriter((bytes) => chunks.push(copyBytes(bytes, spare.pop())), chunkSize);
  const literals = new DataView(new ArrayBuffer(replay.literals.length + lookahead));
  new Uint8Array(literals.buffer).set(replay.literals);
  const numbers = readNumbers(replay.operations);
  let literalBit = 0;
  for (const literalCount of numbers) {
    writer.copy(literals, literalBit, literalCount);
    literalBit += literalCount;
    archive.skip(next(numbers));
    for (let left = next(numbers); left > 0;) {
      left -= await archive.copy(writer, left);
      signal?.throwIfAborted();
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
        yield chunk;
        if (reuseBuffers) spare.push(chunk);
      }
    }
  }
  writer.flush();
  yield* chunks;
}

/** Into memory that was used before, or new memory, which `slice` would fill with zeros first. */
function copyBytes(bytes: Uint8Array, used: Uint8Array | undefined): Uint8Array {
  const isLarge = used !== undefined && used.length >= bytes.length;
  const copy = isLarge ? used.subarray(0, bytes.length) : Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function next(numbers: Generator<number>): number {
  return numbers.next().value ?? 0;
}

/** The bits of a stream, read forwards. */
class ArchiveBits {
  readonly #source: GzipSource;
  readonly #stream: ForwardBytes;
  readonly #bytes = new Uint8Array(readSize + lookahead);
  readonly #view = new DataView(this.#bytes.buffer);
  /** Offsets in the stream, in bits: of the buffer, of its end, and of what comes next. */
  #start = 0;
  #end = 0;
  #next = 0;

  constructor(source: GzipSource, stream: ForwardBytes) {
    this.#source = source;
    this.#stream = stream;
  }

  skip(count: number): void {
    this.#next += count;
  }

  /** Copies up to `limit` bits and says how many. */
  async copy(writer: BitWriter, limit: number): Promise<number> {
    if (this.#next >= this.#end) {
      await this.#fill();
    }
    const count = Math.min(limit, this.#end - this.#next);
    writer.copy(this.#view, this.#next - this.#start, count);
    this.#next += count;
    return count;
  }

  async #fill(): Promise<void> {
    const offset = Math.floor(this.#next / 8);
    const bytesRead = await this.#stream.read(this.#bytes.subarray(0, readSize), offset);
    if (bytesRead === 0) throw sourceChanged(this.#source, offset);
    this.#start = offset * 8;
    this.#end = (offset + bytesRead) * 8;
  }
}
