import type { Digest } from "../../oci/digest.ts";
import type { BlobHolders, ExpectedImage, SourceFault } from "../../content/image-source.ts";
import type { Notice } from "../../content/notice.ts";
import type { EntryAccess } from "../layers/archive-layer.ts";
import type { ArchiveMetadata } from "../index/archive-metadata.ts";
import type { BlobFolder } from "../index/blob-entry.ts";

/** An archive, or a folder in it that a dialect has marked, as the readers of its metadata share it. */
export interface OpenedArchive extends BlobFolder {
  readonly metadata: ArchiveMetadata;
  readonly access: EntryAccess;
  /** Whether foreign layers' bytes, where they are there, go up like any other's. */
  readonly allowForeign: boolean;
  /**
   * Whether its writer leaves out no layer of a manifest that it has: then a missing one is an error, and not a platform that was
   * never pulled.
   */
  readonly isWhole?: boolean;
  /** What tags alone are tags of, where that is known. */
  readonly repository?: string | undefined;
  /**
   * For a difference to earlier archives, or to what its target has: who had a layer which is left out; undefined for one that is
   * not left out on purpose. What is missing from any other archive is missing.
   */
  readonly findHolders?: (digest: Digest) => BlobHolders | undefined;
  /** Images of those earlier archives; readers add to it. */
  readonly expected: ExpectedImage[];
  readonly signal?: AbortSignal | undefined;
  /** Items that cannot be used; readers add to it. */
  readonly faults: SourceFault[];
  /** A warning for what was left out that somebody may have wanted, a note for what is odd and does no harm; readers add to it. */
  readonly notices: Notice[];
}
