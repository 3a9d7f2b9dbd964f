import { readBlob } from "../../content/read-blob.ts";
import type { Repository } from "../../content/repository.ts";
import { isReportable } from "../../oci/airgap-error.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { type Descriptor, isForeign } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { isIndexType, type LayerCompression } from "../../oci/media-type.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { InspectLayer } from "./existing-tag.ts";
import { findManifest } from "../graph/find-manifest.ts";

/** A blob of which somebody here has seen what it decompresses to. */
export interface KnownBlob extends Pick<Descriptor, "digest" | "size"> {
  readonly compression: LayerCompression;
}

/**
 * Which blobs are which layers: those that were made here of a layer with that diffID, or read back and checked. Kept from
 * run to run.
 */
export interface KnownBlobs {
  /** The newest first. */
  find(diffID: Digest): Promise<readonly KnownBlob[]>;
  add(diffID: Digest, blob: KnownBlob): void;
}

export interface LayerReuseOptions {
  readonly known: KnownBlobs;
  readonly inspectLayer: InspectLayer;
  readonly signal?: AbortSignal;
}

/** A layer that the registry has already, under another compression's digest perhaps. */
export interface ReusableLayer {
  readonly descriptor: Pick<Descriptor, "digest" | "size">;
  readonly compression: LayerCompression;
}

const octets = "application/octet-stream";

/** Tags of a repository that are looked into, the last ones in the order of the registry. */
const maxTags = 20;

/**
 * Finds layers by diffID in a repository (decision 16): an archive's layer has another digest in every archive that it was
 * cut out of. A blob that an earlier run has made or checked only has to be there still. Of others the repository's images
 * tell, and a manifest there is somebody's claim: such a candidate is fetched and its diffID checked once before it is used.
 */
export class LayerReuse {
  readonly #options: LayerReuseOptions;
  readonly #listed = new Map<string, Promise<ReadonlyMap<Digest, Descriptor>>>();

  constructor(options: LayerReuseOptions) {
    this.#options = options;
  }

  /** The layer of that repository with this diffID, checked, or undefined. What cannot be read is not reused. */
  async find(repository: Repository, diffID: Digest): Promise<ReusableLayer | undefined> {
    try {
      const found =
        (await this.#findKnown(repository, diffID)) ?? (await this.#findListed(repository, diffID));
      if (!found) return undefined;
      const { digest, size, compression } = found;
      return { descriptor: { digest, size }, compression };
    } catch (error) {
      if (!isReportable(error, this.#options.signal)) throw error;
      return undefined;
    }
  }

  async #findKnown(repository: Repository, diffID: Digest): Promise<KnownBlob | undefined> {
    const { known, signal } = this.#options;
    for (const blob of await known.find(diffID)) {
      if (await repository.hasBlob({ ...blob, mediaType: octets }, signal)) return blob;
    }
    return undefined;
  }

  async #findListed(repository: Repository, diffID: Digest): Promise<KnownBlob | undefined> {
    const { known, inspectLayer, signal } = this.#options;
    const candidate = (await this.#layersOf(repository)).get(diffID);
    if (!candidate || !(await repository.hasBlob(candidate, signal))) return undefined;
    const inspected = await inspectLayer(repository.fetchBlob(candidate, signal));
    if (inspected.diffID !== diffID) return undefined;
    const { digest, size, mediaType } = candidate;
    const blob = { digest, size, compression: compressionOf(mediaType) };
    known.add(diffID, blob);
    return blob;
  }

  #layersOf(repository: Repository): Promise<ReadonlyMap<Digest, Descriptor>> {
    const listed = this.#listed.get(repository.name) ?? listLayers(repository, this.#options.signal);
    this.#listed.set(repository.name, listed);
    return listed;
  }
}

async function listLayers(
  repository: Repository,
  signal?: AbortSignal,
): Promise<ReadonlyMap<Digest, Descriptor>> {
  const layers = new Map<Digest, Descriptor>();
  const seen = new Set<string>();
  for (const tag of (await repository.listTags(signal)).slice(-maxTags)) {
    for (const manifest of await readImages(repository, tag, seen, signal)) {
      await addLayers(layers, repository, manifest, signal);
    }
  }
  return layers;
}

/** The images that a tag names, those of a list too, each digest once. */
async function readImages(
  repository: Repository,
  reference: string,
  seen: Set<string>,
  signal?: AbortSignal,
): Promise<Manifest[]> {
  const found = await findManifest(repository, reference, signal);
  if (!found || found.kind === "unreadable" || seen.has(found.descriptor.digest)) return [];
  seen.add(found.descriptor.digest);
  if (found.kind === "manifest") return [found];
  const children = found.manifests.filter((child) => !isIndexType(child.mediaType) && !isAttestation(child));
  const images = await Promise.all(
    children.map(({ digest }) => readImages(repository, digest, seen, signal)),
  );
  return images.flat();
}

async function addLayers(
  layers: Map<Digest, Descriptor>,
  repository: Repository,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<void> {
  const diffIDs = await readDiffIDs(repository, manifest, signal);
  if (diffIDs.length !== manifest.layers.length) return;
  for (const [i, diffID] of diffIDs.entries()) {
    const layer = manifest.layers[i];
    if (layer && !isForeign(layer)) layers.set(diffID, layer);
  }
}

/** None for what is no image, such as a chart, or has lost its config. */
async function readDiffIDs(
  repository: Repository,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<readonly Digest[]> {
  try {
    const bytes = await readBlob(repository, manifest.config, signal);
    return parseImageConfig(bytes, `the config of "${manifest.descriptor.digest}"`).diffIDs;
  } catch (error) {
    if (!isReportable(error, signal)) throw error;
    return [];
  }
}

function compressionOf(mediaType: string): LayerCompression {
  if (/[.+]gzip$/.test(mediaType)) return "gzip";
  return /[.+]zstd$/.test(mediaType) ? "zstd" : "none";
}
