import type { SourceImage, SourceRemark } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Descriptor, isForeign } from "../../oci/descriptor.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { isEncryptedLayerType, promisedCompression } from "../../oci/media-type.ts";
import { type Manifest, ownLayers } from "../../oci/manifest.ts";
import { printable } from "../../oci/printable.ts";
import type { FileEntry } from "../index/archive-index.ts";
import {
  archiveLayer,
  type ArchiveLayer,
  encryptedLayer,
  expectedLayer,
  foreignLayer,
} from "../layers/archive-layer.ts";
import { blobPath, findBlob } from "../index/blob-entry.ts";
import { checkDiffID, pairDiffIDs } from "../layers/layer-diff-id.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** An image whose names are still to be gathered. */
export type UnnamedImage = Omit<SourceImage, "names">;

/** Blobs that a manifest needs and the archive does not have; foreign layers may stay away, and of a difference what it counts on. */
export function missingBlobs(archive: OpenedArchive, manifest: Manifest): Descriptor[] {
  const needed = ownLayers(manifest).filter(({ digest }) => !archive.findHolders?.(digest));
  return [manifest.config, ...needed].filter((descriptor) => !findBlob(archive, descriptor));
}

/**
 * An image of an OCI layout with its own manifest, its layers checked against the manifest and against the config.
 * Throws `ARCHIVE_INCOMPLETE`, `ARCHIVE_INVALID`, `ARCHIVE_DAMAGED`, `DIGEST_MISMATCH`, `DIFFID_MISMATCH` or `CONFIG_INVALID`.
 */
export async function readOciImage(
  archive: OpenedArchive,
  manifest: Manifest,
  title: string,
): Promise<UnnamedImage> {
  const config = await archive.metadata.config(getBlob(archive, manifest.config, title), title);
  archive.metadata.countLayers(manifest.layers.length, title);
  const layers = pairDiffIDs(manifest.layers, config, title).map(([layer, diffID]) =>
    readLayer(archive, layer, diffID, title),
  );
  const remarks = remarkOn(manifest, layers);
  return { config, layers, manifest, ...(remarks.length ? { remarks } : {}) };
}

function readLayer(
  archive: OpenedArchive,
  descriptor: Descriptor,
  diffID: Digest,
  image: string,
): ArchiveLayer {
  const found = findBlob(archive, descriptor);
  if (isForeign(descriptor) && !(found && archive.allowForeign)) {
    if (found) checkDiffID(found, diffID, image);
    return foreignLayer(descriptor, found);
  }
  const holders = found ? undefined : archive.findHolders?.(descriptor.digest);
  if (holders) return expectedLayer(descriptor, diffID, holders);
  const entry = getBlob(archive, descriptor, image);
  const options = { access: archive.access, entry, diffID, image, descriptor };
  return isEncryptedLayerType(descriptor.mediaType) ? encryptedLayer(options) : archiveLayer(options);
}

/** What is odd about layers by their types. */
function remarkOn({ layers }: Manifest, read: readonly ArchiveLayer[]): SourceRemark[] {
  const encrypted = layers.filter(({ mediaType }) => isEncryptedLayerType(mediaType));
  const lying = layers.flatMap(({ mediaType, digest }, i) => {
    const stored = read[i]?.stored;
    const promised = promisedCompression(mediaType);
    if (!stored?.size || promised === undefined || promised === stored.compression) return [];
    const is = stored.compression === "none" ? "not compressed" : stored.compression;
    const text = `its layer ${shortDigest(digest)} is ${is} under the type "${mediaType}": containerd trusts the type and cannot unpack it`;
    return { text, isHarm: true };
  });
  const told = [...sayExpected(read), ...lying];
  if (encrypted.length === 0) return told;
  const text = `${encrypted.length} of its layers are encrypted: their diffIDs cannot be checked`;
  return [{ text, isHarm: false }, ...told];
}

/** What is not there cannot be looked into. */
function sayExpected(layers: readonly ArchiveLayer[]): SourceRemark[] {
  const left = layers.filter(({ expected }) => expected).length;
  if (left === 0) return [];
  const text = `${left} of its ${layers.length} layers are not in the archive, which counts on them: whom it is for is what its list and its config say, and was not looked into`;
  return [{ text, isHarm: false }];
}

const neverPulled =
  "Docker's containerd store leaves out what was never pulled: pull the image, then save it again.";
const cutShort = "It was cut short, or written while it changed: write or copy it again.";

function getBlob(archive: OpenedArchive, descriptor: Descriptor, image: string): FileEntry {
  const entry = findBlob(archive, descriptor);
  if (entry) return entry;
  throw blobMissing(archive, descriptor, image);
}

/** `ARCHIVE_INCOMPLETE`, with the path at which the blob would be. */
export function blobMissing(
  { entries, blobPaths, isWhole }: OpenedArchive,
  { digest }: Descriptor,
  image: string,
): AirgapError {
  const [path = blobPath(digest)] = blobPaths?.(digest) ?? [];
  return new AirgapError(
    "ARCHIVE_INCOMPLETE",
    `Cannot read image "${image}": "${printable(entries.folder + path)}" is not in the archive`,
    { hint: isWhole ? cutShort : neverPulled },
  );
}
