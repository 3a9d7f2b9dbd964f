import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const chunkSize = 1024 * 1024;

/** The hash of an open file's whole content. */
export async function hashFile(file: FileHandle, algorithm: string): Promise<Hash> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(chunkSize);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, chunkSize, at);
    if (bytesRead === 0) return hash;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
