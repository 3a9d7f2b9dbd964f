import { Readable } from "node:stream";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { buildManifest, type Manifest } from "../../../src/oci/manifest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import type { ContentStorage } from "../../../src/storage/content-storage.ts";

/** Puts a blob straight into a storage. */
export async function storeBlob(
  storage: ContentStorage,
  repository: string,
  content: string | Uint8Array,
): Promise<Digest> {
  const upload = await storage.startUpload(repository);
  await upload.append(Readable.from([Buffer.from(content)]));
  const digest = digestOf(content);
  await upload.commit(digest);
  return digest;
}

/** Puts a small image, whose bytes follow from its seed, straight into a storage; under a tag where one is given. */
export async function storeImage(
  storage: ContentStorage,
  repository: string,
  seed: string,
  tag?: string,
): Promise<Manifest> {
  const layer = `layer ${seed}`;
  const config = JSON.stringify({
    architecture: "arm64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
  const describe = async (content: string, mediaType: string): Promise<Manifest["config"]> => ({
    mediaType,
    digest: await storeBlob(storage, repository, content),
    size: Buffer.byteLength(content),
  });
  const manifest = buildManifest("oci", await describe(config, mediaTypes.oci.config), [
    await describe(layer, mediaTypes.oci.layer),
  ]);
  await storage.writeManifest(repository, manifest, tag);
  return manifest;
}
