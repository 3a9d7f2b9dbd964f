import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isFileError } from "./file-error.ts";

/**
 * Makes a folder, and those above it that are missing, all with that mode. Throws what the file system says. Node's own recursive mkdir goes
 * on for ever where a folder cannot be made in one that is there and the system calls that ENOENT, as in `/proc`.
 */
export async function makeFolders(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (await isFolder(path)) return;
    const above = dirname(path);
    if (!isFileError(error, "ENOENT") || (await isFolder(above))) throw error;
    await makeFolders(above, mode);
    await makeFolders(path, mode);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
