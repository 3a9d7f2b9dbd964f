import { availableParallelism } from "node:os";
import { crc32 } from "node:zlib";
import { plainGzipHeader } from "../inflate/gzip-header.ts";
import { createPieceBuffer, encodePiece, type PieceBuffer, pieceSize, windowSize } from "./encode-threads.ts";

export interface ParallelGzipOptions {
  /** 1 to 9: from fast to small. */
  readonly level: number;
  /** How many pieces are under way at once. Default: one more than there are threads, so that none has to wait. */
  readonly pieces?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What comes out may be overwritten when the next chunk is asked for. Default false: it belongs to the caller. */
  readonly reuseBuffers?: boolean | undefined;
}

/** RFC 1951, 3.2.6: a last block with fixed codes that holds nothing. */
const emptyLastBlock = [3, 0] as const;

/** Buffers that no piece is in; layers follow one another. */
const spare: PieceBuffer[] = [];
const maxSpare = 8;

/**
 * Compresses a stream to one gzip member on several threads, in pigz's way: pieces of 1 MiB, each with the 32 KiB before it
 * as its dictionary, joined at byte boundaries. The bytes depend on the content and the level, not on the machine, Node's
 * version, the number of pieces or the source's chunks; these may be overwritten. Throws what the source throws, and the
 * signal's reason.
 */
export async function* gzipInParallel(
  source: AsyncIterable<Uint8Array>,
  { level, pieces = availableParallelism() + 1, signal, reuseBuffers = false }: ParallelGzipOptions,
): AsyncGenerator<Uint8Array> {
  const inFlight: Promise<Compressed>[] = [];
  async function* giveFirst(): AsyncGenerator<Uint8Array> {
    const { buffer, length } = await inFlight.shift()!;
    const bytes = buffer.subarray(0, length);
    yield reuseBuffers ? bytes : Buffer.from(bytes);
    giveBuffer(buffer);
  }
  let crc = 0;
  let size = 0;
  yield Uint8Array.from(plainGzipHeader);
  try {
    for await (const piece of cutPieces(source)) {
      signal?.throwIfAborted();
      if (inFlight.length >= pieces) yield* giveFirst();
      crc = crc32(piece.buffer.subarray(windowSize, windowSize + piece.size), crc);
      size += piece.size;
      const compressed = compressPiece(piece, level);
      compressed.catch(() => undefined);
      inFlight.push(compressed);
    }
    while (inFlight.length > 0) yield* giveFirst();
  } finally {
    await Promise.allSettled(inFlight);
  }
  yield makeTrailer(crc, size);
}

/** What is read, at its place in a buffer, behind the last bytes of the piece before. */
interface CutPiece {
  readonly buffer: PieceBuffer;
  readonly history: number;
  readonly size: number;
}

/** Pieces of one size, but for the last one, which may be smaller. */
async function* cutPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<CutPiece> {
  let buffer = takeBuffer();
  let history = 0;
  let size = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      if (size === pieceSize) {
        const next = takeBuffer();
        next.set(buffer.subarray(pieceSize, pieceSize + windowSize));
        yield { buffer, history, size };
        [buffer, history, size] = [next, windowSize, 0];
      }
      const part = chunk.subarray(at, at + pieceSize - size);
      buffer.set(part, windowSize + size);
      size += part.length;
      at += part.length;
    }
  }
  if (size > 0) yield { buffer, history, size };
  else giveBuffer(buffer);
}

function takeBuffer(): PieceBuffer {
  return spare.pop() ?? createPieceBuffer();
}

function giveBuffer(buffer: PieceBuffer): void {
  if (spare.length < maxSpare) spare.push(buffer);
}

/** Deflate data up to a byte boundary, without a last block: the first bytes of the buffer. */
interface Compressed {
  readonly buffer: PieceBuffer;
  readonly length: number;
}

async function compressPiece(piece: CutPiece, level: number): Promise<Compressed> {
  return { buffer: piece.buffer, length: await encodePiece({ ...piece, level }) };
}

function makeTrailer(crc: number, size: number): Uint8Array {
  const trailer = Buffer.alloc(emptyLastBlock.length + 8);
  trailer.set(emptyLastBlock);
  trailer.writeUInt32LE(crc, emptyLastBlock.length);
  trailer.writeUInt32LE(size % 2 ** 32, emptyLastBlock.length + 4);
  return trailer;
}
