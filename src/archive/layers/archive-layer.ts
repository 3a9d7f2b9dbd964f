import type {
  BlobHolders,
  LayerBlob,
  LayerBlobOptions,
  SourceLayer,
  StoredLayer,
} from "../../content/image-source.ts";
import { noContents } from "../../content/layer-contents.ts";
import type { Opener } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { FileEntry } from "../index/archive-index.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { promisedCompression } from "../../oci/media-type.ts";
import { checkDiffID } from "./layer-diff-id.ts";

/** A layer that knows its entry, so that its temp file can be given back. */
export interface ArchiveLayer extends SourceLayer {
  readonly entry?: FileEntry;
}

/** How entries' bytes come out of the archive again. */
export interface EntryAccess {
  /** The bytes as they stand in the archive. */
  open(entry: FileEntry): Opener;
  /** What to push for a plain layer; made when first asked for. */
  compress(entry: FileEntry, options?: LayerBlobOptions): Promise<LayerBlob>;
}

export interface ArchiveLayerOptions {
  readonly access: EntryAccess;
  readonly entry: FileEntry;
  /** Of the layer, as the config gives it. */
  readonly diffID: Digest;
  /** For messages. */
  readonly image: string;
  /** As the image's own manifest lists it: the bytes then go up as they are. */
  readonly descriptor?: Descriptor;
}

/** A layer whose bytes are in the archive, checked; throws `DIFFID_MISMATCH` or `ARCHIVE_DAMAGED`. */
export function archiveLayer(options: ArchiveLayerOptions): ArchiveLayer {
  const { access, entry, descriptor } = options;
  const diffID = checkDiffID(entry, options.diffID, options.image);
  const stored = describeStored(entry);
  const asIs = descriptor !== undefined || stored.compression !== "none";
  return {
    entry,
    diffID,
    ...(descriptor ? { descriptor } : {}),
    contents: entry.layer?.contents ?? noContents,
    stored,
    blob: asIs
      ? () => Promise.resolve({ digest: entry.digest, ...stored, open: access.open(entry) })
      : (how) => access.compress(entry, how),
  };
}

/** A layer that only who has the key can look into: it goes up as it is, unchecked beyond its own digest. */
export function encryptedLayer({ access, entry, diffID, descriptor }: ArchiveLayerOptions): ArchiveLayer {
  const stored = describeStored(entry);
  return {
    entry,
    diffID,
    ...(descriptor ? { descriptor } : {}),
    contents: noContents,
    stored,
    blob: () => Promise.resolve({ digest: entry.digest, ...stored, open: access.open(entry) }),
  };
}

/** A layer that is not to be pushed: it stays a descriptor with its urls, and is never fetched (CVE-2020-15157). */
export function foreignLayer(descriptor: Descriptor, entry: FileEntry | undefined): ArchiveLayer {
  return {
    diffID: entry?.layer?.diffID,
    descriptor,
    contents: entry?.layer?.contents ?? noContents,
    ...(entry ? { stored: describeStored(entry) } : {}),
  };
}

/** A layer that an earlier archive has brought: where its target does not have it, there is nothing to push. */
export function expectedLayer(descriptor: Descriptor, diffID: Digest, holders: BlobHolders): ArchiveLayer {
  const { digest, size, mediaType } = descriptor;
  const compression = promisedCompression(mediaType) ?? "none";
  return {
    diffID,
    descriptor,
    contents: noContents,
    expected: { descriptor, ...holders },
    blob: () => Promise.resolve({ digest, size, compression, open: () => refuseExpected(digest) }),
  };
}

// oxlint-disable-next-line require-yield
async function* refuseExpected(digest: Digest): AsyncGenerator<Uint8Array> {
  throw new AirgapError(
    "BASE_MISSING",
    `Cannot read layer ${digest}: the archive is a difference and does not have it`,
    { hint: "Use a registry that has what the earlier archives brought." },
  );
}

function describeStored({ size, format }: FileEntry): StoredLayer {
  return { size, compression: format === "gzip" || format === "zstd" ? format : "none" };
}
