/** Whether an error is that of a file system call, with one of these codes: `ENOENT`. */
export function isFileError(error: unknown, ...codes: readonly string[]): boolean {
  const code = systemCode(error);
  return code !== undefined && codes.includes(code);
}

/** The code that Node gives an error of the system, or of its own: `ENOENT`; undefined where it has none. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

const words: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBUSY: "it is in use",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it is there already",
  EIO: "the disk fails",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENFILE: "too many files are open",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/** Why a file system call failed, in plain words with the system's code behind them; any other error's own message. */
export function describeFileError(error: unknown): string {
  const code = systemCode(error) ?? "";
  if (words[code] !== undefined) return `${words[code]} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/** Whether a disk is full, or a quota used up: no matter of paths and permissions. */
export function isFullDisk(error: unknown): boolean {
  return isFileError(error, "ENOSPC", "EDQUOT");
}
