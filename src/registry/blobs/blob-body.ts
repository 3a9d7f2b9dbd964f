import type { ByteCounter, Opener } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { checkBytes } from "../../content/check-bytes.ts";
import { slowestPace } from "../http/answer-pace.ts";
import type { RateLimit } from "../http/rate-limit.ts";

export interface BlobBodyOptions {
  readonly descriptor: Descriptor;
  readonly open: Opener;
  /** For errors: `push blob "..." to "..."`. */
  readonly action: string;
  /** Milliseconds in which the registry has to take {@link slowestPace}'s bytes, where it is waited for. */
  readonly stallTimeout: number;
  readonly rateLimit?: RateLimit | undefined;
  readonly onBytes?: ByteCounter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * undici asks for no more before a piece of this size is out of its hands, since no socket of its takes as much at once; of
 * smaller ones several may be on their way (in undici's client-h1.js, `AsyncWriter`).
 */
const writtenAtOnce = 128 * 1024;

/** A limited stream goes in small pieces, so that it flows instead of coming in bursts. */
const limitedPiece = 32 * 1024;

/** A blob on its way into requests, whole or in portions, and how far it came, for judging why an upload failed. */
export class BlobBody {
  /** What the source threw, or what was wrong with its bytes: no fault of the registry. */
  failure: Error | undefined;
  /** Whether the last byte was taken: what follows is the registry's commit. */
  finished = false;
  /** Ends the request that the bytes go into: when the caller wants it, or when the registry takes no more. */
  readonly signal: AbortSignal;
  readonly #options: BlobBodyOptions;
  readonly #stalled = new AbortController();
  #reading: Reading | undefined;

  constructor(options: BlobBodyOptions) {
    this.#options = options;
    const { signal } = options;
    this.signal = signal ? AbortSignal.any([signal, this.#stalled.signal]) : this.#stalled.signal;
  }

  /** The whole, from the first byte, each time it is asked for. */
  async *whole(): AsyncGenerator<Uint8Array, void, undefined> {
    await this.close();
    yield* this.take(this.#options.descriptor.size);
  }

  /** The next so many bytes. */
  async *take(bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    const { descriptor, onBytes } = this.#options;
    const reading = (this.#reading ??= this.#open());
    const watch = this.#watch(reading);
    try {
      for (let missing = bytes; missing > 0;) {
        const chunk = reading.left ?? (await this.#read(reading));
        if (!chunk) break;
        const piece = chunk.subarray(0, Math.min(missing, writtenAtOnce));
        reading.left = piece.length < chunk.length ? chunk.subarray(piece.length) : undefined;
        reading.waitingSince = performance.now();
        yield piece.length < writtenAtOnce ? new Uint8Array(piece) : piece;
        countTaken(reading, piece.length);
        missing -= piece.length;
        reading.sent += piece.length;
        onBytes?.(reading.sent);
      }
    } finally {
      clearInterval(watch);
    }
    if (reading.sent < descriptor.size) return;
    await this.#read(reading);
    this.finished = true;
  }

  /** Lets go of the source; needed whenever it was not read to its end. */
  async close(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.source.return();
  }

  async #read(reading: Reading): Promise<Uint8Array | undefined> {
    try {
      const { value } = await reading.source.next();
      return value ?? undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  #open(): Reading {
    const { descriptor, open, action, rateLimit, onBytes, signal } = this.#options;
    const checked = checkBytes(descriptor, open(signal, { reuseBuffers: true }), action);
    const source = rateLimit ? limitPieces(checked, rateLimit, signal) : checked;
    this.finished = false;
    onBytes?.(0);
    return { source, left: undefined, sent: 0, waitingSince: Infinity, waited: 0, taken: 0 };
  }

  #watch(reading: Reading): NodeJS.Timeout {
    const { stallTimeout } = this.#options;
    const check = (): void => {
      const waiting = Math.max(0, performance.now() - reading.waitingSince);
      if (reading.waited + waiting > stallTimeout) {
        this.#stalled.abort(stallError(reading.taken, stallTimeout));
      }
    };
    return setInterval(check, stallTimeout / 4).unref();
  }
}

/** One pass over the source: a request that was given up may still be at its own when the next one starts. */
interface Reading {
  readonly source: AsyncGenerator<Uint8Array, void, undefined>;
  /** Read from the source, and not taken yet. */
  left: Uint8Array | undefined;
  sent: number;
  /** When the last piece was offered that is not taken yet, by `performance.now()`. */
  waitingSince: number;
  /** Milliseconds of waiting since it was at the pace the last time, and the bytes that were taken since. */
  waited: number;
  taken: number;
}

/** Whoever takes byte after byte could hold a run for ever, since none of them is late. */
function countTaken(reading: Reading, bytes: number): void {
  reading.waited += performance.now() - reading.waitingSince;
  reading.waitingSince = Infinity;
  reading.taken += bytes;
  if (reading.taken < slowestPace.bytes) return;
  reading.waited = 0;
  reading.taken = 0;
}

function stallError(taken: number, timeout: number): Error {
  const message = `${taken || "no"} bytes were taken in ${Math.round(timeout / 1000)} seconds`;
  return Object.assign(new Error(message), { code: "STALL_TIMEOUT" });
}

async function* limitPieces(
  chunks: AsyncIterable<Uint8Array>,
  limit: RateLimit,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += limitedPiece) {
      const piece = chunk.subarray(at, at + limitedPiece);
      await limit.take(piece.length, signal);
      yield piece;
    }
  }
}
