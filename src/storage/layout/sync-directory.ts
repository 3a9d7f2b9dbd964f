import { open } from "node:fs/promises";

/** Puts a directory's entries on disk; Windows has no way to ask for that. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  await using directory = await open(path, "r");
  await directory.sync();
}
