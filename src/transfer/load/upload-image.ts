import type { SourceLayer } from "../../content/image-source.ts";
import type { BlobOutcome, OpenableBlob, Repository } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import {
  adoptForeignLayers,
  buildManifest,
  type Manifest,
  replaceManifestConfig,
} from "../../oci/manifest.ts";
import {
  type Family,
  familyOf,
  layerMediaType,
  layerTypeIn,
  type LayerCompression,
  mediaTypes,
} from "../../oci/media-type.ts";
import { uploadBlob, type UploadBlobOptions } from "../graph/upload-blob.ts";
import type { KnownBlobs, LayerReuse } from "./layer-reuse.ts";
import type { ImageParts } from "../report/events.ts";
import type { PlannedImage } from "../plan/planned-image.ts";

/** An image whose blobs are all in the repository, and which only lacks its manifest. */
export interface UploadedImage {
  readonly layers: readonly UploadedLayer[];
  /** What became of its blobs: the most that became of any. */
  readonly how: BlobOutcome;
}

export interface UploadedLayer {
  readonly descriptor: Omit<Descriptor, "mediaType">;
  readonly compression: LayerCompression;
  /** As the image's own manifest or `LayerSources` describe it. */
  readonly original?: Descriptor;
}

export interface UploadOptions extends UploadBlobOptions {
  /** Finds layers that the registry has under another digest; none looks for none. */
  readonly reuse?: Pick<LayerReuse, "find">;
  /** Told of each blob that was made of a layer here and is in the repository. */
  readonly knownBlobs?: Pick<KnownBlobs, "add">;
  /** Gives temp disk back as soon as a layer is there: where `pushBlob` reads the bytes, and not only keeps their opener. */
  readonly releasesLayers?: boolean;
  /** Other repositories that have layers which the archives do not have (`BASE_MISSING`). */
  readonly holders?: ReadonlyMap<Digest, Repository>;
}

/** Puts the config and all layers of an image into a repository; layers that must be compressed are, first. */
export async function uploadImage(
  planned: PlannedImage,
  repository: Repository,
  options: UploadOptions,
): Promise<UploadedImage> {
  const became = new Set<BlobOutcome>();
  const push = async (blob: OpenableBlob, stored?: number): Promise<void> => {
    const holder = options.holders?.get(blob.descriptor.digest);
    const telling = { ...options, ...(stored === undefined ? {} : { stored }) };
    const outcome = holder
      ? moveBlob(blob, holder, repository, telling)
      : uploadBlob(blob, repository, telling);
    became.add(await outcome);
  };
  const [layers] = await Promise.all([
    Promise.all(
      planned.sourceImage.layers.map(
        async (layer) => (await reuseLayer(layer, repository, options)) ?? uploadLayer(layer, push, options),
      ),
    ),
    push(configBlob(planned.config)),
  ]);
  const how = became.has("pushed") ? "pushed" : became.has("mounted") ? "mounted" : "present";
  return { layers, how };
}

/** What {@link uploadImage} has to bring of images, whatever of it is there already. */
export function measureImages(images: readonly PlannedImage[]): ImageParts {
  const parts = { blobs: 0, bytes: 0 };
  for (const { sourceImage, config } of images) {
    const layers = sourceImage.layers.filter(({ blob }) => blob);
    parts.blobs += layers.length + 1;
    parts.bytes += layers.reduce((sum, layer) => sum + sizeOf(layer), config.bytes.length);
  }
  return parts;
}

/** As it stands in its source: what it becomes is only known when it is compressed. */
function sizeOf({ stored, descriptor, expected }: SourceLayer): number {
  return stored?.size ?? descriptor?.size ?? expected?.descriptor.size ?? 0;
}

/** By a mount, or where the registry has none, through here. */
function moveBlob(
  { descriptor }: OpenableBlob,
  holder: Repository,
  repository: Repository,
  options: UploadOptions,
): Promise<BlobOutcome> {
  const blob: OpenableBlob = { descriptor, open: (signal) => holder.fetchBlob(descriptor, signal) };
  return uploadBlob(blob, repository, { ...options, mountFrom: [holder.name] });
}

/** A layer whose own digest was promised is never exchanged for another. */
async function reuseLayer(
  layer: SourceLayer,
  repository: Repository,
  { reuse, onEvent, image }: UploadOptions,
): Promise<UploadedLayer | undefined> {
  if (!reuse || layer.descriptor || layer.diffID === undefined) return undefined;
  const found = await reuse.find(repository, layer.diffID);
  if (!found) return undefined;
  const part = { ...(image === undefined ? {} : { image }), stored: sizeOf(layer) };
  const { name } = repository;
  onEvent({ type: "blob", ...part, ...found.descriptor, repository: name, outcome: "present" });
  return found;
}

async function uploadLayer(
  layer: SourceLayer,
  push: (blob: OpenableBlob, stored?: number) => Promise<void>,
  { signal, releasesLayers = false, knownBlobs }: UploadOptions,
): Promise<UploadedLayer> {
  const original = layer.descriptor ? { original: layer.descriptor } : {};
  if (!layer.blob) {
    if (!layer.descriptor) throw new Error("a layer has neither bytes nor a descriptor");
    return { descriptor: layer.descriptor, compression: "none", ...original };
  }
  const { digest, size, compression, open, release } = await layer.blob({ signal, releases: releasesLayers });
  try {
    const descriptor = { mediaType: "application/octet-stream", digest, size };
    await push({ descriptor, open }, sizeOf(layer));
  } finally {
    await release?.();
  }
  // What an image's own manifest lists is taken by its digest, and what its config says of it is only a claim.
  if (layer.diffID && !layer.descriptor) knownBlobs?.add(layer.diffID, { digest, size, compression });
  return { descriptor: { digest, size }, compression, ...original };
}

function configBlob({ bytes, digest }: ImageConfig): OpenableBlob {
  return {
    descriptor: { mediaType: mediaTypes.oci.config, digest, size: bytes.length },
    async *open() {
      yield bytes;
    },
  };
}

/** The family that this image must have, whatever its list would like: its own manifest's, or OCI for what only OCI knows. */
export function requiredFamily(planned: PlannedImage, { layers }: UploadedImage): Family | undefined {
  if (planned.sourceImage.manifest) return familyOf(planned.sourceImage.manifest.descriptor.mediaType);
  return layers.some((layer) => layer.original === undefined && layer.compression !== "gzip")
    ? "oci"
    : undefined;
}

/** The image's manifest: its own where that holds, else one of that family made from what was uploaded. */
export function manifestOf(planned: PlannedImage, { layers }: UploadedImage, family: Family): Manifest {
  const { sourceImage: image, config } = planned;
  const size = config.bytes.length;
  if (image.manifest && planned.keepsManifest) return image.manifest;
  if (image.manifest) {
    const adopted = adoptForeignLayers(image.manifest, (at) => image.layers[at]?.blob !== undefined);
    return config === image.config
      ? adopted
      : replaceManifestConfig(adopted, { digest: config.digest, size });
  }
  const descriptors = layers.map(({ descriptor, compression, original }) =>
    original
      ? { ...original, mediaType: layerTypeIn(family, original.mediaType) ?? original.mediaType }
      : { ...descriptor, mediaType: layerMediaType(family, compression) },
  );
  return buildManifest(
    family,
    { mediaType: mediaTypes[family].config, digest: config.digest, size },
    descriptors,
  );
}
