import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { LayoutFiles } from "./layout-files.ts";

/** What we call files that are not finished, uploads by their id: nothing else is ever swept. */
const ownName = /^(?:part-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A name for a file that is about to take another. */
export function partName(): string {
  return `part-${randomUUID()}`;
}

/** Removes what was not finished and nobody has written to, or kept alive, since a time in milliseconds. */
export async function sweepUnfinished(files: LayoutFiles, folder: string, since: number): Promise<void> {
  for (const name of (await files.list(folder)).filter((each) => ownName.test(each))) {
    const path = join(folder, name);
    const stats = await files.stat(path);
    if (stats && stats.mtimeMs < since) await rm(path, { force: true });
  }
}
