import { type FileHandle, open } from "node:fs/promises";
import { AirgapError } from "../oci/airgap-error.ts";
import { printable } from "../oci/printable.ts";

export interface ReadFileOptions {
  /** First byte to read. Default 0. */
  readonly offset?: number;
  /** Bytes to read; fewer in the file are an error. Default: to its end. */
  readonly size?: number;
  readonly signal?: AbortSignal | undefined;
  /** A chunk is overwritten when the next one is asked for: two buffers serve for the whole file. Default false. */
  readonly reuseBuffers?: boolean | undefined;
  /** In bytes. Default 256 KiB, since many files may be read at once; larger ones are a little faster. */
  readonly chunkSize?: number;
}

const defaultChunkSize = 256 * 1024;

/**
 * Gives a file's bytes, or a range of them, one chunk ahead. The chunks belong to the caller,
 * unless buffers are reused.
 * Throws `ARCHIVE_CHANGED` where the range is not there any more, what opening and reading throw, and the signal's reason.
 */
export async function* readFile(path: string, options: ReadFileOptions = {}): AsyncGenerator<Uint8Array> {
  const { size = Number.POSITIVE_INFINITY, chunkSize = defaultChunkSize, signal } = options;
  const takeBuffer = options.reuseBuffers ? createBufferPair(chunkSize) : createBuffer;
  const read = (from: number): Promise<Uint8Array> => {
    const chunk = readChunk(handle, takeBuffer, from, Math.min(chunkSize, end - from));
    // It may fail while the one before is still looked at.
    chunk.catch(() => undefined);
    return chunk;
  };
  const handle = await open(path);
  let position = options.offset ?? 0;
  const end = position + size;
  let next = read(position);
  try {
    while (position < end) {
      const chunk = await next;
      signal?.throwIfAborted();
      if (chunk.length === 0) break;
      position += chunk.length;
      next = read(position);
      yield chunk;
    }
    if (Number.isFinite(end) && position < end) throw changed(path);
  } finally {
    await next.catch(() => undefined);
    await handle.close();
  }
}

function createBuffer(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size);
}

/** One to read into while the other is looked at. */
function createBufferPair(chunkSize: number): (size: number) => Buffer {
  const pair = [Buffer.allocUnsafeSlow(chunkSize), Buffer.allocUnsafeSlow(chunkSize)] as const;
  let turn: 0 | 1 = 0;
  return (size) => {
    turn = turn === 0 ? 1 : 0;
    return pair[turn].subarray(0, size);
  };
}

async function readChunk(
  handle: FileHandle,
  takeBuffer: (size: number) => Buffer,
  position: number,
  wanted: number,
): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(takeBuffer(wanted), 0, wanted, position);
  return buffer.subarray(0, bytesRead);
}

function changed(path: string): AirgapError {
  return new AirgapError("ARCHIVE_CHANGED", `Cannot read "${printable(path)}" again: it has become shorter`, {
    hint: "Leave the archive as it is until the run is over, and start again.",
  });
}
