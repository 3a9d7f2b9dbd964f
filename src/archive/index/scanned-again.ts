import type { Opener } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import type { ArchiveIndex, FileEntry } from "./archive-index.ts";
import { openCompressed, openEntry } from "./reopen.ts";

/**
 * The bytes of entries, also of those whose temp files an earlier run has had: where the first of these is asked for, the
 * archive is scanned again, once.
 */
export class ScannedAgain {
  readonly #scan: () => Promise<ArchiveIndex>;
  #index: Promise<ArchiveIndex> | undefined;

  constructor(scan: () => Promise<ArchiveIndex>) {
    this.#scan = scan;
  }

  /** An entry's bytes as they stand in the archive. */
  open(entry: FileEntry): Opener {
    return this.#lazily(entry, openEntry);
  }

  /** The bytes of what the scan has made of a plain layer. */
  openCompressed(entry: FileEntry): Opener {
    return this.#lazily(entry, (found) => {
      const { compressed } = found;
      if (compressed?.digest !== entry.compressed?.digest || !compressed) throw changed(entry);
      return openCompressed(compressed);
    });
  }

  /** The entry with its bytes at hand. Throws what scanning throws, and `ARCHIVE_CHANGED`. */
  async find(entry: FileEntry): Promise<FileEntry> {
    if (!isGone(entry)) return entry;
    const found = (await (this.#index ??= this.#scanOnce())).entries.get(entry.name);
    if (found?.kind === "file" && found.digest === entry.digest) return found;
    throw changed(entry);
  }

  /** The entry with its bytes, where they are at hand by now. */
  async findReady(entry: FileEntry): Promise<FileEntry | undefined> {
    if (isGone(entry) && !this.#index) return undefined;
    return this.find(entry).catch(() => undefined);
  }

  /** A failure is forgotten, so that it can be tried again. */
  #scanOnce(): Promise<ArchiveIndex> {
    const index = this.#scan();
    index.catch(() => (this.#index = undefined));
    return index;
  }

  #lazily(entry: FileEntry, open: (found: FileEntry) => Opener): Opener {
    if (!isGone(entry)) return open(entry);
    const find = (): Promise<FileEntry> => this.find(entry);
    return async function* (...reading) {
      yield* open(await find())(...reading);
    };
  }
}

function isGone({ reopen, compressed }: FileEntry): boolean {
  return reopen.from === "scan" || compressed?.from.kind === "scan";
}

function changed({ name }: FileEntry): AirgapError {
  return new AirgapError(
    "ARCHIVE_CHANGED",
    `Cannot read "${printable(name)}" again: its content has changed`,
    {
      hint: "Leave the archive as it is until the run is over, and start again.",
    },
  );
}
