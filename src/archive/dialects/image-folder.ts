import type { Entries } from "../index/entries.ts";

/** Programs have a `manifest.json` too; at an archive's root it means images, below it these files stand beside that of images. */
export function isImageFolder(entries: Entries): boolean {
  return entries.isArchive || ["oci-layout", "repositories", "version"].some((mark) => entries.has(mark));
}
