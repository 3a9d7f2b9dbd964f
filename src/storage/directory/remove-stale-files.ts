import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isFileError } from "../layout/durable-files.ts";

/** Removes the files of a directory that nobody has written to since a time in milliseconds. */
export async function removeStaleFiles(directory: string, since: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    try {
      if ((await stat(path)).mtimeMs < since) await rm(path, { force: true });
    } catch (error) {
      if (!isFileError(error, "ENOENT")) throw error;
    }
  }
}
