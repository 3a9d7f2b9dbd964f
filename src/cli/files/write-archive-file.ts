import type { ArchiveCompression } from "../../content/option-words.ts";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { FileHandle } from "node:fs/promises";
import { compressChunks } from "../../archive/spool/compress-chunks.ts";
import { BatchWriter } from "../../storage/directory/batch-writer.ts";
import { notWritable } from "./not-writable.ts";
import { replaceFile } from "./replace-file.ts";
import type { Terminal } from "../terminal.ts";
import { writeParts } from "./write-parts.ts";

export interface WrittenArchive {
  /** In bytes. */
  readonly size: number;
  /** Hex, of the file itself. */
  readonly sha256: string;
  /** Hex by name, in order, where it was written in parts. */
  readonly parts?: ReadonlyMap<string, string>;
}

/** What a file's name says of its compression: `.gz`, `.tgz`, `.zst`, `.tzst`. */
export function compressionOfName(path: string): ArchiveCompression {
  if (/\.t?gz$/i.test(path)) return "gzip";
  return /\.t?zst$/i.test(path) ? "zstd" : "none";
}

/**
 * Writes an archive to a file that appears whole or not at all, in parts of that many bytes where that is asked for, or to
 * standard output for `-`. Throws `FILE_NOT_WRITABLE`, `USAGE` for too many parts, and what the chunks throw.
 */
export async function writeArchiveFile(
  path: string,
  tar: AsyncIterable<Uint8Array>,
  compression: ArchiveCompression,
  terminal: Terminal,
  partSize?: number,
): Promise<WrittenArchive> {
  const chunks = compression === "none" ? tar : compressChunks(tar, { compression });
  try {
    if (path === "-") return await consume(chunks, (chunk) => writeOut(terminal, chunk));
    if (partSize !== undefined) return await writeParts(path, chunks, partSize);
    return await replaceFile(path, (file, canSync) => writeFast(file, canSync, chunks));
  } catch (error) {
    throw explain(error, path);
  }
}

async function writeFast(
  file: FileHandle,
  canSync: boolean,
  chunks: AsyncIterable<Uint8Array>,
): Promise<WrittenArchive> {
  if (!canSync) return consume(chunks, (chunk) => file.appendFile(chunk));
  const writer = new BatchWriter(file);
  const written = await consume(chunks, (chunk) => writer.write(chunk));
  await writer.flush();
  return written;
}

async function consume(
  chunks: AsyncIterable<Uint8Array>,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<WrittenArchive> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
    await write(chunk);
  }
  return { size, sha256: hash.digest("hex") };
}

async function writeOut({ stdout, signal }: Terminal, chunk: Uint8Array): Promise<void> {
  if (!stdout.write(chunk)) await once(stdout, "drain", { signal });
}

function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  return notWritable(`Cannot write "${path}"`, error);
}
