import { randomUUID } from "node:crypto";
import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Whether an error is that of a file system call, with that code: `ENOENT`. */
export function isFileError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Makes a file appear whole or not at all, and stay: temp file, fsync, rename, fsync of the directory. */
export async function writeDurably(path: string, content: Uint8Array | string, temp: string): Promise<void> {
  const unfinished = join(temp, randomUUID());
  await using file = await open(unfinished, "wx", 0o644);
  await file.writeFile(content);
  await file.sync();
  await moveDurably(unfinished, path);
}

/** Gives a finished and synced file its final name, in a directory that need not be there yet. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await makeDirectory(dirname(to));
  await rename(from, to);
  await syncDirectory(dirname(to));
}

/** Makes a directory and those above it, each entry on disk before this returns. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** Puts a directory's entries on disk; Windows has no way to ask for that. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  await using directory = await open(path, "r");
  await directory.sync();
}

/** A file's size in bytes, or undefined where there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isFileError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
