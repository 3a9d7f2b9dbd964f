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

/** Pairs of a blob's digest and the diffID of what it decompresses to, once checked; kept from run to run. */
export interface CheckedPairs {
  has(digest: Digest, diffID: Digest): boolean;
  add(digest: Digest, diffID: Digest): void;
}

export interface LayerReuseOptions {
  readonly checked: CheckedPairs;
  readonly inspectLayer: InspectLayer;
  readonly signal?: AbortSignal;
}

/** A layer that the registry has already, under another compression's digest perhaps. */
export interface ReusableLayer {
  readonly descriptor: Pick<Descriptor, "digest" | "size">;
  readonly compression: LayerCompression;
}

/** Tags of a repository that are looked into, the last ones in the order of the registry. */
const maxTags = 20;

/**
 * Finds layers by diffID among the images that a repository has (decision 16): an archive's layer has another digest in
 * every archive that it was cut out of. A manifest there is somebody's claim, so a candidate is fetched and its diffID
 * checked once before it is used.
 */
export class LayerReuse {
  readonly #options: LayerReuseOptions;
  readonly #known = new Map<string, Promise<ReadonlyMap<Digest, Descriptor>>>();

  constructor(options: LayerReuseOptions) {
    this.#options = options;
  }

  /** The layer of that repository with this diffID, checked, or undefined. What cannot be read is not reused. */
  async find(repository: Repository, diffID: Digest): Promise<ReusableLayer | undefined> {
    try {
      const candidate = (await this.#layersOf(repository)).get(diffID);
      if (!candidate || !(await this.#isTrue(repository, candidate, diffID))) return undefined;
      const { digest, size, mediaType } = candidate;
      return { descriptor: { digest, size }, compression: compressionOf(mediaType) };
    } catch (error) {
      if (!isReportable(error, this.#options.signal)) throw error;
      return undefined;
    }
  }

  #layersOf(repository: Repository): Promise<ReadonlyMap<Digest, Descriptor>> {
    const known = this.#known.get(repository.name) ?? listLayers(repository, this.#options.signal);
    this.#known.set(repository.name, known);
    return known;
  }

  async #isTrue(repository: Repository, candidate: Descriptor, diffID: Digest): Promise<boolean> {
    const { checked, inspectLayer, signal } = this.#options;
    if (!(await repository.hasBlob(candidate, signal))) return false;
    if (checked.has(candidate.digest, diffID)) return true;
    const inspected = await inspectLayer(repository.fetchBlob(candidate, signal));
    if (inspected.diffID !== diffID) return false;
    checked.add(candidate.digest, diffID);
    return true;
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
