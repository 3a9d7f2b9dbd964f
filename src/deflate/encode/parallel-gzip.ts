import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { plainGzipHeader } from "../inflate/gzip-header.ts";
import { historySize } from "../inflate/output-window.ts";

export interface ParallelGzipOptions {
  /** 1 to 9, as zlib has them. */
  readonly level: number;
  /** How many pieces are under way at once, on libuv's threads. Default: two for each core, so that none has to wait. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const pieceSize = 256 * 1024;
/** Most pieces come to less: fewer trips between the threads than by zlib's own 16 KiB. */
const chunkSize = 128 * 1024;
/** RFC 1951, 3.2.6: a last block with fixed codes that holds nothing. */
const emptyLastBlock = [3, 0] as const;

const deflate = promisify(deflateRaw);

/**
 * Compresses a stream to one gzip member on several threads, in pigz's way: pieces of 256 KiB, each with the 32 KiB before it
 * as its dictionary, joined at byte boundaries. The bytes depend on the content, the level and Node's zlib, not on the number
 * of threads or the source's chunks; these may be overwritten. Throws what the source throws, and the signal's reason.
 */
export async function* gzipInParallel(
  source: AsyncIterable<Uint8Array>,
  { level, threads = 2 * availableParallelism(), signal }: ParallelGzipOptions,
): AsyncGenerator<Uint8Array> {
  const inFlight: Promise<Uint8Array>[] = [];
  let history: Uint8Array = new Uint8Array();
  let crc = 0;
  let size = 0;
  yield Uint8Array.from(plainGzipHeader);
  try {
    for await (const piece of cutPieces(source, threads + 2)) {
      signal?.throwIfAborted();
      if (inFlight.length >= threads) yield await inFlight.shift()!;
      const compressed = compressPiece(piece, history, level);
      compressed.catch(() => undefined);
      inFlight.push(compressed);
      history = piece.subarray(-historySize);
      crc = crc32(piece, crc);
      size += piece.length;
    }
    while (inFlight.length > 0) yield await inFlight.shift()!;
  } finally {
    await Promise.allSettled(inFlight);
  }
  yield makeTrailer(crc, size);
}

/**
 * Pieces of one size, but for the last one. Their memory is used again after `buffers` pieces: the one that is being
 * filled, those in flight, and the one before these, which is their dictionary.
 */
async function* cutPieces(source: AsyncIterable<Uint8Array>, buffers: number): AsyncGenerator<Uint8Array> {
  const ring = Array.from({ length: buffers }, () => new Uint8Array(pieceSize));
  let turn = 0;
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + pieceSize - filled);
      ring[turn]!.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < pieceSize) break;
      yield ring[turn]!;
      turn = (turn + 1) % buffers;
      filled = 0;
    }
  }
  if (filled > 0) yield ring[turn]!.subarray(0, filled);
}

/** Deflate data up to a byte boundary, without a last block. */
function compressPiece(piece: Uint8Array, history: Uint8Array, level: number): Promise<Uint8Array> {
  const dictionary = history.length > 0 ? { dictionary: history } : {};
  return deflate(piece, { level, ...dictionary, finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
}

function makeTrailer(crc: number, size: number): Uint8Array {
  const trailer = Buffer.alloc(emptyLastBlock.length + 8);
  trailer.set(emptyLastBlock);
  trailer.writeUInt32LE(crc, emptyLastBlock.length);
  trailer.writeUInt32LE(size % 2 ** 32, emptyLastBlock.length + 4);
  return trailer;
}
