import { AirgapError } from "../oci/airgap-error.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../oci/manifest.ts";
import { printable } from "../oci/printable.ts";
import type { FileEntry } from "./archive-index.ts";

/** The content of an entry that is read as metadata; throws `ARCHIVE_INVALID` where the scan found it too large to keep. */
export function metadataBytes(entry: FileEntry): Uint8Array {
  if (entry.bytes) return entry.bytes;
  throw new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read "${printable(entry.name)}": ${entry.size} bytes are too much for a manifest or a config`,
  );
}

// Ten thousand items of a hostile manifest.json may all name the same large entry: each is parsed once.
const configs = new WeakMap<FileEntry, ImageConfig>();
const manifests = new WeakMap<FileEntry, Manifest | ImageIndex>();

/** An entry read as an image's config; throws `CONFIG_INVALID` or `JSON_INVALID`. */
export function readConfigEntry(entry: FileEntry, image: string): ImageConfig {
  const known = configs.get(entry);
  if (known) return known;
  const what = `config "${printable(entry.name)}" of image "${image}"`;
  const config = parseImageConfig(metadataBytes(entry), what);
  configs.set(entry, config);
  return config;
}

/** An entry read as a manifest or an index of that type, where one is given; throws `MANIFEST_INVALID` or `JSON_INVALID`. */
export function readManifestEntry(entry: FileEntry, mediaType: string): Manifest | ImageIndex {
  const known = manifests.get(entry);
  if (known && (mediaType === "" || mediaType === known.descriptor.mediaType)) return known;
  const manifest = parseManifest(
    metadataBytes(entry),
    `manifest "${printable(entry.name)}"`,
    mediaType || undefined,
  );
  manifests.set(entry, manifest);
  return manifest;
}
