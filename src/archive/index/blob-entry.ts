import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex, digestOf } from "../../oci/digest.ts";
import type { FileEntry } from "./archive-index.ts";
import type { Entries } from "./entries.ts";

/** Where an OCI layout keeps a blob (image-spec, image-layout.md). */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** Where blobs lie. */
export interface BlobFolder {
  readonly entries: Entries;
  /** The paths at which a blob may be; default: that of an OCI layout. */
  readonly blobPaths?: (digest: Digest) => readonly string[];
}

/**
 * A blob of an archive, its bytes checked against name, digest and size; undefined where it is not in the archive.
 * Throws `DIGEST_MISMATCH`.
 */
export function findBlob(folder: BlobFolder, descriptor: Descriptor): FileEntry | undefined {
  const path = blobPath(descriptor.digest);
  const paths = folder.blobPaths?.(descriptor.digest) ?? [path];
  const found = paths.find((each) => folder.entries.find(each));
  const entry = found === undefined ? embedded(descriptor) : folder.entries.find(found);
  if (!entry) return undefined;
  checkEntryDigest(entry, descriptor.digest);
  if (entry.size === descriptor.size) return entry;
  throw new AirgapError(
    "DIGEST_MISMATCH",
    `Cannot read blob "${path}": it has ${entry.size} bytes, ${descriptor.size} were announced`,
  );
}

/** What a descriptor carries itself (image-spec, descriptor.md#embedded-content), as if it were in the archive. */
function embedded({ digest, data }: Descriptor): FileEntry | undefined {
  if (data === undefined) return undefined;
  const bytes = Buffer.from(data, "base64");
  const reopen = { from: "memory" } as const;
  const name = blobPath(digest);
  return { kind: "file", name, size: bytes.length, digest: digestOf(bytes), format: "other", bytes, reopen };
}

/** Throws `DIGEST_MISMATCH` where an entry's bytes have another digest than its name promises. */
export function checkEntryDigest(entry: FileEntry, wanted: Digest): void {
  if (entry.digest === wanted) return;
  if (digestAlgorithm(wanted) !== "sha256") {
    throw new AirgapError(
      "ARCHIVE_UNSUPPORTED",
      `Cannot read blob "${blobPath(wanted)}": only sha256 can be checked`,
    );
  }
  throw new AirgapError(
    "DIGEST_MISMATCH",
    `Cannot read blob "${blobPath(wanted)}": it holds ${entry.digest}`,
    {
      hint: "The archive was damaged on its way, or changed after it was written: copy or write it again.",
    },
  );
}
