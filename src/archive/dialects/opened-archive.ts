import type { EntryAccess } from "../layers/archive-layer.ts";
import type { ArchiveMetadata } from "../index/archive-metadata.ts";
import type { Entries } from "../index/entry-map.ts";

/** What the readers of an archive's metadata share. */
export interface OpenedArchive {
  readonly entries: Entries;
  readonly metadata: ArchiveMetadata;
  readonly access: EntryAccess;
  /** Whether foreign layers' bytes, where they are there, go up like any other's. */
  readonly allowForeign: boolean;
  /** Odd things met that did no harm, a clause each; readers add to it. */
  readonly notes: string[];
}
