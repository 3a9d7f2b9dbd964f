/** Whether an error is that of a file system call, with one of these codes: `ENOENT`. */
export function isFileError(error: unknown, ...codes: readonly string[]): boolean {
  const code = systemCode(error);
  return code !== undefined && codes.includes(code);
}

/** The code that Node gives an error of the system, or of its own: `ENOENT`; undefined where it has none. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
