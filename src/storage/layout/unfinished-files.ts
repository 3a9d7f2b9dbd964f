import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { LayoutFiles } from "./layout-files.ts";
import { isOwnName } from "./part-name.ts";

/** Removes what was not finished and nobody has written to, or kept alive, since a time in milliseconds. */
export async function sweepUnfinished(files: LayoutFiles, folder: string, since: number): Promise<void> {
  for (const name of (await files.list(folder)).filter(isOwnName)) {
    const path = join(folder, name);
    const stats = await files.stat(path);
    if (stats && stats.mtimeMs < since) await rm(path, { force: true });
  }
}
