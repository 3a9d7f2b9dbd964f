import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { printable } from "../../oci/printable.ts";
import { usageError } from "../usage-error.ts";

/**
 * The files that a quoted pattern means, in order: `*` and `?` within a part of the path, as shells have them. Anything else,
 * and what is there under that very name, comes back as it is. Throws a usage error where nothing fits.
 */
export function expandPattern(text: string): string[] {
  if (!/[*?]/.test(text) || existsSync(text)) return [text];
  let found = [text.startsWith("/") ? "/" : ""];
  for (const part of text.split("/").filter(Boolean)) {
    found = found.flatMap((folder) => matchIn(folder, part));
  }
  if (found.length > 0) return found;
  throw usageError(
    `Cannot load "${printable(text)}": no file fits this pattern`,
    "Check the folder, and the pattern.",
  );
}

function matchIn(folder: string, part: string): string[] {
  if (!/[*?]/.test(part)) {
    const path = join(folder, part);
    return existsSync(path) ? [path] : [];
  }
  const escaped = part
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const pattern = new RegExp(`^${escaped}$`, "su");
  const fits = (name: string): boolean =>
    pattern.test(name) && (part.startsWith(".") || !name.startsWith("."));
  return listFolder(folder)
    .filter(fits)
    .map((name) => join(folder, name));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder === "" ? "." : folder).toSorted();
  } catch {
    return [];
  }
}
