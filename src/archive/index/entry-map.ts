import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { ArchiveEntry, FileEntry, LinkEntry } from "./archive-index.ts";
import { cleanPath } from "../tar/clean-path.ts";

export type Entries = ReadonlyMap<string, ArchiveEntry>;

/** Links in a row that are followed; docker writes one (archives.md 1.8). */
const maxHops = 8;

/**
 * The file that a path written in an archive's metadata means, links followed within the archive: forward, and across
 * images, as docker 1.13-24 writes repeated layers. Undefined where it is not in the archive, which holds for every
 * absolute path and every one that climbs out. Throws `ARCHIVE_INVALID` for a loop.
 */
export function findEntry(entries: Entries, path: string): FileEntry | undefined {
  let wanted = cleanPath(path);
  for (let hops = 0; hops <= maxHops; hops++) {
    const entry = wanted === undefined ? undefined : entries.get(wanted);
    if (entry?.kind !== "link") return entry;
    wanted = linkTarget(entry);
  }
  throw new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read "${printable(path)}": it is a link through more than ${maxHops} links, or through itself`,
  );
}

/** A symbolic link's target is seen from the link's own folder, a hard link's from the archive's root (POSIX pax). */
function linkTarget(link: LinkEntry): string | undefined {
  if (link.hard) return cleanPath(link.target);
  return link.target.startsWith("/") ? undefined : cleanPath(`${link.name}/../${link.target}`);
}

/** {@link findEntry} for what has to be there; `user` is what names it, for the message. Throws `ARCHIVE_INCOMPLETE`. */
export function getEntry(entries: Entries, path: string, user: string): FileEntry {
  const entry = findEntry(entries, path);
  if (entry) return entry;
  throw new AirgapError(
    "ARCHIVE_INCOMPLETE",
    `Cannot read ${printable(user)}: "${printable(path)}" is not in the archive`,
    { hint: "The archive was cut short or put together by hand: write it again, or copy it again." },
  );
}
