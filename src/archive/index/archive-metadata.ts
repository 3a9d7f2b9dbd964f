import { maxMetadataSize } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type ImageConfig, parseImageConfig } from "../../oci/image-config.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { printable } from "../../oci/printable.ts";
import type { FileEntry } from "./archive-index.ts";

/** `manifest.json`, `index.json` and `repositories` grow with the number of images (archives.md 6, "huge JSON"). */
const maxListSize = 20 * 1024 * 1024;
/** Of all that is read from one archive. */
const maxTotalSize = 64 * 1024 * 1024;
/** Overlayfs mounts 500 layers at most. */
const maxLayers = 1000;
/** Of all images of an archive together; real ones stay far below. */
const maxTotalLayers = 50_000;

/** Reads entries that are metadata, each once however many images name it, and none that is too large to be one. */
export class ArchiveMetadata {
  readonly #read: (entry: FileEntry) => Promise<Uint8Array>;
  readonly #configs = new Map<FileEntry, ImageConfig>();
  readonly #manifests = new Map<FileEntry, Manifest | ImageIndex>();
  #total = 0;
  #layers = 0;

  constructor(read: (entry: FileEntry) => Promise<Uint8Array>) {
    this.#read = read;
  }

  /** The content of one of the lists that an archive has at its root; throws `ARCHIVE_INVALID` where it is too large. */
  async list(entry: FileEntry): Promise<Uint8Array> {
    return this.#bytes(entry, maxListSize);
  }

  /** An entry read as an image's config; throws `CONFIG_INVALID`, `JSON_INVALID` or `ARCHIVE_INVALID`. */
  async config(entry: FileEntry, image: string): Promise<ImageConfig> {
    const known = this.#configs.get(entry);
    if (known) return known;
    const bytes = await this.#bytes(entry, maxMetadataSize);
    const config = parseImageConfig(bytes, `config "${printable(entry.name)}" of image "${image}"`);
    this.#configs.set(entry, config);
    return config;
  }

  /**
   * An entry read as a manifest or an index of that type, where one is given.
   * Throws `MANIFEST_INVALID`, `JSON_INVALID` or `ARCHIVE_INVALID`.
   */
  async manifest(entry: FileEntry, mediaType: string): Promise<Manifest | ImageIndex> {
    const known = this.#manifests.get(entry);
    if (known && (mediaType === "" || mediaType === known.descriptor.mediaType)) return known;
    const bytes = known?.bytes ?? (await this.#bytes(entry, maxMetadataSize));
    const manifest = parseManifest(bytes, `manifest "${printable(entry.name)}"`, mediaType || undefined);
    this.#manifests.set(entry, manifest);
    return manifest;
  }

  /** Takes note of an image's layers; throws `ARCHIVE_INVALID` for more than any image, or all of an archive, can have. */
  countLayers(count: number, image: string): void {
    this.#layers += count;
    const tooMany = count > maxLayers ? maxLayers : maxTotalLayers;
    if (count <= maxLayers && this.#layers <= maxTotalLayers) return;
    const what =
      count > maxLayers ? `it has ${count} layers` : "with it the archive's images have more layers";
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read image "${printable(image)}": ${what}, at most ${tooMany} are read`,
    );
  }

  async #bytes(entry: FileEntry, limit: number): Promise<Uint8Array> {
    if (entry.size > limit) {
      throw tooLarge(entry, `want at most ${limit} bytes of metadata, got ${entry.size}`);
    }
    this.#total += entry.size;
    if (this.#total > maxTotalSize) {
      throw tooLarge(entry, `the archive has more than ${maxTotalSize} bytes of manifests and configs`);
    }
    return entry.bytes ?? this.#read(entry);
  }
}

function tooLarge(entry: FileEntry, detail: string): AirgapError {
  return new AirgapError("ARCHIVE_INVALID", `Cannot read "${printable(entry.name)}": ${detail}`);
}
