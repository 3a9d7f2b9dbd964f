import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Files below a folder that this process has open at this very moment, as Linux tells. */
export function openFilesIn(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    const path = readLink(join("/proc/self/fd", descriptor));
    return path.startsWith(`${folder}/`) ? [path] : [];
  });
}

/** What was open for the listing itself is gone. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
