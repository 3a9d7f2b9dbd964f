import type { EntryAccess } from "../layers/archive-layer.ts";
import type { ArchiveMetadata } from "../index/archive-metadata.ts";
import type { BlobFolder } from "../index/blob-entry.ts";

/** An archive, or a folder in it that a dialect has marked, as the readers of its metadata share it. */
export interface OpenedArchive extends BlobFolder {
  readonly metadata: ArchiveMetadata;
  readonly access: EntryAccess;
  /** Whether foreign layers' bytes, where they are there, go up like any other's. */
  readonly allowForeign: boolean;
  /** Odd things met that did no harm, a clause each; readers add to it. */
  readonly notes: string[];
}
