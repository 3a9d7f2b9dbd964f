import { note } from "../../content/notice.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Descriptor, isForeign } from "../../oci/descriptor.ts";
import { type Digest, sha256Digest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import { printable } from "../../oci/printable.ts";
import type { FileEntry } from "../index/archive-index.ts";
import { archiveLayer, type ArchiveLayer, foreignLayer } from "../layers/archive-layer.ts";
import { checkEntryDigest } from "../index/blob-entry.ts";
import { type DockerManifestItem, parseDockerManifest } from "./docker-manifest.ts";
import { checkDiffID, pairDiffIDs } from "../layers/layer-diff-id.ts";
import { listName } from "./image-names.ts";
import type { OpenedArchive } from "./opened-archive.ts";
import { readItem } from "./read-item.ts";

/** One item of a `manifest.json` with its config read. */
export interface DockerImage {
  readonly item: DockerManifestItem;
  readonly config: ImageConfig;
  readonly repoTags: readonly string[];
}

/** The images of an archive's `manifest.json`, items with the same config taken together; none where it has no such file. */
export async function readDockerImages(archive: OpenedArchive): Promise<readonly DockerImage[]> {
  const manifest = archive.entries.find("manifest.json");
  const items = manifest ? parseDockerManifest(await archive.metadata.list(manifest)) : [];
  const images = new Map<Digest, DockerImage & { repoTags: string[] }>();
  for (const item of items) {
    const tags = ownTags(archive, item);
    const config = await readItem(archive, { names: tags }, () => readConfig(archive, item));
    if (!config) continue;
    const image = images.get(config.digest) ?? { item, config, repoTags: [] };
    images.set(config.digest, image);
    for (const tag of tags) image.repoTags.push(tag);
  }
  return [...images.values()];
}

/** crane gives an image that was pulled by digest a tag that says so. */
function ownTags(archive: OpenedArchive, { repoTags }: DockerManifestItem): string[] {
  return repoTags.filter((tag) => {
    const isMarker = tag.endsWith(":i-was-a-digest");
    if (isMarker) archive.notices.push(note(`"${printable(tag)}" was saved by digest and has no name`));
    return tag !== "" && !isMarker && listName(tag).length > 0;
  });
}

async function readConfig(archive: OpenedArchive, item: DockerManifestItem): Promise<ImageConfig> {
  const title = imageTitle(item);
  const entry = archive.entries.get(item.config, `image "${title}"`);
  checkName(archive, entry, item.config);
  return archive.metadata.config(entry, title);
}

/**
 * `blobs/sha256/<hex>` promises a digest. Docker and its followers name configs `<hex>.json` and `sha256:<hex>`, but
 * every reader takes the bytes for what they are, whatever the name says, and archives edited by hand exist.
 */
function checkName(archive: OpenedArchive, entry: FileEntry, path: string): void {
  const match = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(path);
  if (!match?.[1]) return;
  const promised = sha256Digest(match[1]);
  if (promised === entry.digest) return;
  if (/(?:^|\/)blobs\/sha256\//.test(path)) checkEntryDigest(entry, promised);
  archive.notices.push(
    note(`config "${printable(path)}" is named after another digest than its own, ${entry.digest}`),
  );
}

/** How messages name an item. */
function imageTitle(item: DockerManifestItem): string {
  return printable(item.repoTags[0] ?? item.config);
}

/**
 * Whether moby's own image store (the graph driver) wrote an item since Docker 25: it alone describes every layer. The OCI
 * manifest beside it was made up for the archive, over plain tars, by 25.0.0 in random order (archives.md 3.3).
 */
export function describesEveryLayer({ item, config }: DockerImage): boolean {
  return config.diffIDs.length > 0 && config.diffIDs.every((diffID) => item.layerSources.has(diffID));
}

/**
 * The layers of an item, each checked against the config's diffID.
 * Throws `ARCHIVE_INCOMPLETE`, `ARCHIVE_INVALID`, `DIFFID_MISMATCH` or `ARCHIVE_DAMAGED`.
 */
export function readDockerLayers(archive: OpenedArchive, { item, config }: DockerImage): ArchiveLayer[] {
  archive.metadata.countLayers(item.layers.length, imageTitle(item));
  return pairDiffIDs(item.layers, config, imageTitle(item)).map(([path, diffID]) =>
    readLayer(archive, item, path, diffID),
  );
}

function readLayer(
  archive: OpenedArchive,
  item: DockerManifestItem,
  path: string,
  diffID: Digest,
): ArchiveLayer {
  const image = imageTitle(item);
  if (path === "") {
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read image "${image}": manifest.json lists a layer without a path`,
      {
        hint: "The program that wrote the archive failed: save the image again, with another version of it.",
      },
    );
  }
  const foreign = foreignSource(item, diffID);
  const found = archive.entries.find(path);
  if (foreign && !(found && archive.allowForeign)) {
    if (found) checkDiffID(found, diffID, image);
    return foreignLayer(foreign, found);
  }
  const entry = archive.entries.get(path, `image "${image}"`);
  return archiveLayer({ access: archive.access, entry, diffID, image });
}

/** Since Docker 25 all layers have a source: it is the type, or a url, that makes one foreign (archives.md 1.3). */
function foreignSource(item: DockerManifestItem, diffID: Digest): Descriptor | undefined {
  const source = item.layerSources.get(diffID);
  return source && isForeign(source) ? source : undefined;
}
