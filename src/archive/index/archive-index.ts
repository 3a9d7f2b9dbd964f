import type { LayerContents } from "../../content/layer-contents.ts";
import type { Checkpoint } from "../../deflate/inflate/checkpoint.ts";
import type { GzipSource } from "../../deflate/splice/gzip-source.ts";
import type { Replay } from "../../deflate/splice/replay.ts";
import type { Digest } from "../../oci/digest.ts";

/**
 * What one pass over an archive leaves: every entry known by digest and size, with a way to read it again.
 * Plain data, so that it crosses from the scanning thread as it is.
 */
export interface ArchiveIndex {
  /** Around the whole archive. */
  readonly compression: Compression;
  /** Bytes of the archive as read. */
  readonly size: number;
  /** Hex sha256 of those bytes; undefined for a directory. */
  readonly sha256: string | undefined;
  /** The files that it was read from, in order, where it lies in several. */
  readonly parts?: readonly PartFile[];
  /** By cleaned name: no `./`, no `//`, no `..`; a name twice with equal content counts once. */
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  /** Odd things met that did no harm, a sentence each. */
  readonly notes: readonly string[];
}

/** One part of a file that was split. */
export interface PartFile {
  readonly name: string;
  /** Hex. */
  readonly sha256: string;
}

export type Compression = "none" | "gzip" | "zstd" | "xz" | "bzip2" | "lz4";

export type ArchiveEntry = FileEntry | LinkEntry;

/** A symbolic or a hard link to another entry; never followed outside the map of entries. */
export interface LinkEntry {
  readonly kind: "link";
  readonly name: string;
  readonly hard: boolean;
  /** As written. */
  readonly target: string;
}

export interface FileEntry {
  readonly kind: "file";
  readonly name: string;
  readonly size: number;
  /** Of the bytes as they stand in the archive; a plain layer's diffID. */
  readonly digest: Digest;
  /** By content: what could be an image layer has its own tar headers read. */
  readonly format: "tar" | "gzip" | "zstd" | "other";
  /** The whole content of what is likely metadata, as far as a budget reaches; `readEntry` gives any entry's. */
  readonly bytes?: Uint8Array;
  /** Of every `tar`, `gzip` and `zstd` entry whose uncompressed form is a tar that could be read to its end. */
  readonly layer?: ScannedLayer;
  /** Why a compressed entry, or its tar, could not be read, where it could not: damage only if an image needs it. */
  readonly damage?: string;
  readonly reopen: Reopen;
  /** The gzip form of a plain layer, where the scan has made or cut one. */
  readonly compressed?: CompressedForm;
}

export interface ScannedLayer {
  readonly diffID: Digest;
  readonly contents: LayerContents;
}

/** How to read an entry's own bytes again. */
export type Reopen =
  | { readonly from: "memory" }
  | { readonly from: "range"; readonly path: string; readonly offset: number }
  /** The entry starts `skip` uncompressed bytes behind the checkpoint, which neighbours share. */
  | {
      readonly from: "checkpoint";
      readonly source: GzipSource;
      readonly checkpoint: Checkpoint;
      readonly skip: number;
    }
  | { readonly from: "spool"; readonly path: string }
  /** Was in a temp file of an earlier run: only another scan gives it. */
  | { readonly from: "scan" }
  /** Only its compressed form was kept. */
  | { readonly from: "nowhere" };

export interface CompressedForm {
  readonly compression: "gzip" | "zstd";
  readonly digest: Digest;
  readonly size: number;
  readonly from:
    | { readonly kind: "replay"; readonly source: GzipSource; readonly replay: Replay }
    | { readonly kind: "spool"; readonly path: string }
    | { readonly kind: "scan" };
}
