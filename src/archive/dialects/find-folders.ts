import { nameFew } from "../../content/name-few.ts";
import { Entries, type EntryMap } from "../index/entries.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { printable } from "../../oci/printable.ts";
import { isBlobName } from "../index/archive-names.ts";
import type { Dialect } from "./dialect.ts";
import { dialects } from "./dialects.ts";

/** A folder of an archive that is of a dialect. */
export interface DialectFolder {
  readonly dialect: Dialect;
  readonly folder: OpenedArchive;
}

/**
 * The folders of an archive that hold images, as the dialects tell: what lies below one belongs to it. Throws what
 * {@link Dialect.accepts} throws.
 */
export async function findFolders(
  all: EntryMap,
  archive: Omit<OpenedArchive, "entries">,
): Promise<readonly DialectFolder[]> {
  const found = new Map<string, DialectFolder>();
  const sorted = [...all.keys()].sort();
  for (const [path, marked] of markFolders(sorted)) {
    if (foldersAbove(path).some((above) => found.has(above))) continue;
    const folder = { ...archive, entries: new Entries(all, path, sorted) };
    const dialect = await firstThatAccepts(marked, folder);
    if (dialect) found.set(path, { dialect, folder });
  }
  return [...found.values()];
}

/** Whether a name tells that there are images: for a folder on disk, before all that is in it is read. */
export function isOfDialect(name: string): boolean {
  return dialects.some((dialect) => dialect.findFolder(name) !== undefined);
}

/** The folders that dialects may read, those above others first, each with its dialects in the order of the table. */
function markFolders(names: readonly string[]): [path: string, marked: ReadonlySet<Dialect>][] {
  const folders = new Map<string, Set<Dialect>>();
  for (const dialect of dialects) {
    for (const name of names) {
      const path = dialect.findFolder(name);
      if (path !== undefined) folders.set(path, (folders.get(path) ?? new Set()).add(dialect));
    }
  }
  return [...folders].sort(([a], [b]) => a.length - b.length);
}

async function firstThatAccepts(
  marked: ReadonlySet<Dialect>,
  folder: OpenedArchive,
): Promise<Dialect | undefined> {
  for (const dialect of marked) if (await dialect.accepts(folder)) return dialect;
  return undefined;
}

/** Of `a/b/`: the root and `a/`. */
function foldersAbove(path: string): string[] {
  const slashes = [...path.slice(0, -1).matchAll(/\//g)];
  return ["", ...slashes.map(({ index }) => path.slice(0, index + 1))].filter((above) => above !== path);
}

/** A note of the archives inside an archive that hold no images, if there are any; blobs are none. */
export function sayLeftAlone(all: EntryMap, folders: readonly DialectFolder[]): string[] {
  const paths = folders.map(({ folder }) => folder.entries.folder);
  if (paths.includes("")) return [];
  const left = [...all.values()].flatMap((entry) => {
    const isArchive = entry.kind === "file" && entry.format !== "other" && !isBlobName(entry.name);
    const isRead = paths.some((path) => path.startsWith(`${entry.name}/`) || entry.name.startsWith(path));
    return isArchive && !isRead ? [printable(entry.name)] : [];
  });
  if (left.length === 0) return [];
  return [`left alone, since no images are in it: ${nameFew(left)}`];
}
