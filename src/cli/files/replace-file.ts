import { constants, type Stats } from "node:fs";
import { copyFile, type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { isFileError } from "../../content/file-error.ts";

/**
 * Writes a file so that it is there whole or not at all: what has its name stays until all is written, and its owner and mode
 * after that. Pipes and devices, which nobody can sync, are written to as they are, and so is a file in a folder where no other
 * can be made.
 */
export async function replaceFile<T>(
  path: string,
  write: (file: FileHandle, canSync: boolean) => Promise<T>,
  newMode: number = 0o666,
): Promise<T> {
  const found = await statOrAbsent(path);
  if (found && !found.isFile()) return writeInPlace(path, (file) => write(file, false));
  const target = found ? await realpath(path) : path;
  const unfinished = `${target}.${process.pid}.unfinished`;
  const file = await open(unfinished, "wx", newMode).catch((error: unknown) => {
    if (found && isFileError(error, "EACCES", "EPERM", "EROFS")) return undefined;
    throw error;
  });
  if (!file) return writeInPlace(target, (opened) => write(opened, true));
  try {
    await using opened = file;
    const written = await write(opened, true);
    if (found) await liken(opened, found);
    await opened.sync();
    await rename(unfinished, target).catch(async (error: unknown) => {
      // A file that is mounted by itself, into a container say, cannot be replaced.
      if (!isFileError(error, "EBUSY")) throw error;
      await copyFile(unfinished, target);
    });
    return written;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function writeInPlace<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  await using file = await open(path, constants.O_WRONLY | constants.O_TRUNC);
  return await write(file);
}

/** Only root may give a file to others. */
async function liken(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  await file.chown(uid, gid).catch(() => undefined);
  await file.chmod(mode);
}

async function statOrAbsent(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: unknown) => {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  });
}
