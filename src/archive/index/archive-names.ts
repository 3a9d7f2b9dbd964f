/** `blobs/sha256/<hex>`, `<hex>/layer.tar`, `<hex>.tar.gz`, `sha256-<hex>.tar.gz`, `<hex>/data`: what a digest names is content. */
const blobName = /(?:^|\/)(?:sha256[:-])?[0-9a-f]{64}(?:[./][^/]*)?$/;
const listName = /(?:^|\/)(?:manifest\.json|index\.json|oci-layout|repositories|Images\.lock)$/;
const rootName =
  /^(?:\.?\/)*(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|s?bin|srv|sys|tmp|usr|Files|Hives)(?:\/|$)/;
const registryName = /(?:^|\/)docker\/registry\/v2\//;

/** Whether an entry is named by a digest: it is a layer, a config or a manifest, and never an archive of images. */
export function isBlobName(name: string): boolean {
  return blobName.test(name);
}

/** Whether an entry of that name tells that the archive holds images. */
export function isOfImages(name: string): boolean {
  return blobName.test(name) || listName.test(name) || registryName.test(name);
}

/** Whether a tar that starts with an entry of that name is a layer of a root filesystem. */
export function isOfRoot(name: string): boolean {
  return rootName.test(name);
}
