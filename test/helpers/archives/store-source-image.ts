import type { SourceArtifact, SourceImage } from "../../../src/content/image-source.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { buildIndex, type ImageIndex, type Manifest } from "../../../src/oci/manifest.ts";
import type { Family } from "../../../src/oci/media-type.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import type { ContentStorage } from "../../../src/storage/content-storage.ts";
import { buildImage, type ImageSpec } from "./source-image.ts";

/** Puts an image with its own manifest straight into a storage, as another tool left it there. */
export async function storeSourceImage(
  storage: ContentStorage,
  repository: string,
  { image = buildImage({ manifest: "docker" }), tag }: { image?: SourceImage; tag?: string } = {},
): Promise<Manifest> {
  if (!image.manifest) throw new Error("only an image with its own manifest can be stored");
  await commit(storage, repository, image.config.digest, [image.config.bytes]);
  for (const layer of image.layers) {
    const blob = await layer.blob?.();
    if (blob) await commit(storage, repository, blob.digest, blob.open());
  }
  await storage.writeManifest(repository, image.manifest, tag);
  return image.manifest;
}

async function commit(
  storage: ContentStorage,
  repository: string,
  digest: Descriptor["digest"],
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const upload = await storage.startUpload(repository);
  await upload.append(toAsync(bytes));
  await upload.commit(digest);
}

async function* toAsync(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** An entry of a list: what it says, and the image behind it. */
export interface StoredEntry extends ImageSpec {
  readonly platform: string;
}

/** Puts a list and its images straight into a storage. */
export async function storeList(
  storage: ContentStorage,
  repository: string,
  tag: string,
  entries: readonly StoredEntry[],
  family: Family = "docker",
): Promise<ImageIndex> {
  const children: Descriptor[] = [];
  for (const { platform, ...spec } of entries) {
    const image = buildImage({ config: platform, manifest: family, ...spec });
    const { descriptor } = await storeSourceImage(storage, repository, { image });
    children.push({ ...descriptor, platform: parsePlatform(platform) });
  }
  const index = buildIndex(family, children);
  await storage.writeManifest(repository, index, tag);
  return index;
}

/** Puts a manifest that is no image, with its blobs, straight into a storage. */
export async function storeArtifact(
  storage: ContentStorage,
  repository: string,
  { manifest, blobs }: SourceArtifact,
  tag?: string,
): Promise<void> {
  for (const { descriptor, open } of blobs) await commit(storage, repository, descriptor.digest, open());
  await storage.writeManifest(repository, manifest, tag);
}
