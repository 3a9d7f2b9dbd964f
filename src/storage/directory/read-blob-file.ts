import type { FileHandle } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { LayoutFiles } from "../layout/layout-files.ts";
import type { ByteRange } from "../content-storage.ts";

/** The bytes of a blob's file. Throws `BLOB_UNKNOWN` where it is not there any more. */
export async function* readBlobFile(
  files: LayoutFiles,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using opened = await openBlob(files, path);
  // Not closed by the stream itself: it would stay open where the stream is never read.
  yield* opened.createReadStream({
    highWaterMark: 1024 * 1024,
    autoClose: false,
  }) as AsyncIterable<Uint8Array>;
}

/** Enough to make little of what a piece costs, and few pages for each of the many clients that a registry may have. */
const lentSize = 256 * 1024;

/**
 * A range of a blob's file, of which each piece is lent until the next is asked for: two buffers serve for all, and while one
 * is lent the other is read into. Throws `BLOB_UNKNOWN` where it is not there any more, or not all of it.
 */
export async function* lendBlobFile(
  files: LayoutFiles,
  path: string,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using opened = await openBlob(files, path);
  const size = Math.min(lentSize, end + 1 - start);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(start + size > end ? 0 : size)];
  const read = (turn: number, at: number): Promise<Uint8Array> => {
    const piece = readPiece(opened, buffers[turn]!, at, end);
    // It may fail while the one before is still lent.
    piece.catch(() => undefined);
    return piece;
  };
  let next = read(0, start);
  try {
    for (let at = start, turn = 1; at <= end; turn = 1 - turn) {
      const piece = await next;
      if (piece.length === 0) throw notThere(path);
      at += piece.length;
      next = read(turn, at);
      yield piece;
    }
  } finally {
    await next.catch(() => undefined);
  }
}

async function readPiece(file: FileHandle, buffer: Buffer, at: number, end: number): Promise<Uint8Array> {
  const wanted = Math.min(buffer.length, end + 1 - at);
  if (wanted <= 0) return buffer.subarray(0, 0);
  const { bytesRead } = await file.read(buffer, 0, wanted, at);
  return buffer.subarray(0, bytesRead);
}

async function openBlob(files: LayoutFiles, path: string): Promise<FileHandle> {
  const file = await files.open(path);
  if (!file) throw notThere(path);
  return file;
}

function notThere(path: string): AirgapError {
  return new AirgapError("BLOB_UNKNOWN", `Cannot read "${path}": it is not there`);
}
