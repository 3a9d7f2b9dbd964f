import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { ArchiveEntry, FileEntry, LinkEntry } from "./archive-index.ts";
import { cleanPath } from "../tar/clean-path.ts";

export type EntryMap = ReadonlyMap<string, ArchiveEntry>;

/** Links in a row that are followed; docker writes one (archives.md 1.8). */
const maxHops = 8;

/** An archive's entries as one of its folders sees them: paths are relative to it, links lead anywhere in the archive. */
export class Entries {
  /** Empty for all of the archive, or with a slash at its end. */
  readonly folder: string;
  readonly #all: EntryMap;
  readonly #sorted: readonly string[] | undefined;

  /** `sorted` has the names of `all` in code unit order, for all folders of an archive. */
  constructor(all: EntryMap, folder = "", sorted?: readonly string[]) {
    this.#all = all;
    this.folder = folder;
    this.#sorted = sorted;
  }

  /** Whether the folder is all of an archive, or all of one inside it, whose entries have the archive's name in front. */
  get isArchive(): boolean {
    return this.folder === "" || this.#all.has(this.folder.slice(0, -1));
  }

  /** The same archive as a folder in this one sees it; `folder` has a slash at its end. */
  below(folder: string): Entries {
    return new Entries(this.#all, this.folder + folder, this.#sorted);
  }

  /** Of all that is in the folder, in it or below. */
  get names(): readonly string[] {
    const { folder } = this;
    if (folder === "") return [...this.#all.keys()];
    const sorted = this.#sorted ?? [...this.#all.keys()].sort();
    const inside = sorted.slice(countBefore(sorted, folder), countBefore(sorted, `${folder}\uffff`));
    return inside.map((name) => name.slice(folder.length));
  }

  /** Whether there is an entry of that very name. */
  has(name: string): boolean {
    return this.#all.has(this.folder + name);
  }

  /**
   * The file that a path written in the folder's metadata means, links followed within the archive: forward, and across
   * images, as docker 1.13-24 writes repeated layers. Undefined where it is not in the archive, which holds for every
   * absolute path and every one that climbs out. Throws `ARCHIVE_INVALID` for a loop.
   */
  find(path: string): FileEntry | undefined {
    const inside = cleanPath(path);
    let wanted = inside === undefined ? undefined : this.folder + inside;
    for (let hops = 0; hops <= maxHops; hops++) {
      const entry = wanted === undefined ? undefined : this.#all.get(wanted);
      if (entry?.kind !== "link") return entry;
      wanted = linkTarget(entry);
    }
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read "${printable(path)}": it is a link through more than ${maxHops} links, or through itself`,
    );
  }

  /** {@link find} for what has to be there; `user` is what names it, for the message. Throws `ARCHIVE_INCOMPLETE`. */
  get(path: string, user: string): FileEntry {
    const entry = this.find(path);
    if (entry) return entry;
    throw new AirgapError(
      "ARCHIVE_INCOMPLETE",
      `Cannot read ${printable(user)}: "${printable(path)}" is not in the archive`,
      { hint: "The archive was cut short or put together by hand: write it again, or copy it again." },
    );
  }
}

/** A symbolic link's target is seen from the link's own folder, a hard link's from the archive's root (POSIX pax). */
function linkTarget(link: LinkEntry): string | undefined {
  if (link.hard) return cleanPath(link.target);
  return link.target.startsWith("/") ? undefined : cleanPath(`${link.name}/../${link.target}`);
}

/** How many of the sorted names come before that one. */
function countBefore(sorted: readonly string[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
