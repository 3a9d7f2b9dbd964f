/** The two families of media types; a list and its children keep to one (decision 7). */
export const families = ["docker", "oci"] as const;
export type Family = (typeof families)[number];

export const mediaTypes = {
  docker: {
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar",
    layerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    layerZstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
  },
  oci: {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
    layerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
    layerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  },
} as const;

/** What a client sends as `Accept` for a manifest of any kind; registries answer 404 without it (distribution-spec, pulling manifests). */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.oci.index,
  mediaTypes.docker.index,
  mediaTypes.oci.manifest,
  mediaTypes.docker.manifest,
];

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.oci.index || mediaType === mediaTypes.docker.index;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.oci.manifest || mediaType === mediaTypes.docker.manifest;
}

/** Whether this is a type of manifests at all, those of earlier versions included, that nobody should write any more. */
export function isAnyManifestType(mediaType: string): boolean {
  return (
    isIndexType(mediaType) ||
    isManifestType(mediaType) ||
    /^application\/vnd\.(?:docker\.distribution|oci\.[a-z]+)\.manifest\.v[\w.+-]+$/.test(mediaType)
  );
}

/** A layer whose bytes its owner does not let registries give away, as Windows base layers were. */
export function isForeignLayerType(mediaType: string): boolean {
  return mediaType.includes("foreign") || mediaType.includes("nondistributable");
}

/** Whether a layer is encrypted (ocicrypt): nobody without the key knows its diffID. */
export function isEncryptedLayerType(mediaType: string): boolean {
  return mediaType.endsWith("+encrypted");
}

/** The compression that a layer's type promises; undefined for types that are no tar's. */
export function promisedCompression(mediaType: string): LayerCompression | undefined {
  const [, suffix] = /\.tar(?:[.+](gzip|zstd))?$/.exec(mediaType) ?? [""];
  if (!/\.tar(?:[.+](?:gzip|zstd))?$/.test(mediaType)) return undefined;
  return suffix === "gzip" || suffix === "zstd" ? suffix : "none";
}

export function familyOf(mediaType: string): Family {
  return mediaType.startsWith("application/vnd.docker.") ? "docker" : "oci";
}

/** How the tar of a layer may be compressed in a registry. */
export const layerCompressions = ["gzip", "zstd", "none"] as const;
export type LayerCompression = (typeof layerCompressions)[number];

/** The family for people. */
export function familyName(family: Family): string {
  return family === "oci" ? "OCI" : "Docker";
}

export function otherFamily(family: Family): Family {
  return family === "oci" ? "docker" : "oci";
}

/** The media type of a layer of that family with that compression. */
export function layerMediaType(family: Family, compression: LayerCompression): string {
  const types = mediaTypes[family];
  if (compression === "gzip") return types.layerGzip;
  return compression === "zstd" ? types.layerZstd : types.layer;
}

const layerForms: Record<Family, RegExp> = {
  docker: /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(?:\.(gzip|zstd))?$/,
  oci: /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(?:\+(gzip|zstd))?$/,
};

/** How that family calls a layer that the other one may name; undefined where it has no name for it. */
export function layerTypeIn(family: Family, mediaType: string): string | undefined {
  const found = layerForms.docker.exec(mediaType) ?? layerForms.oci.exec(mediaType);
  if (!found) return undefined;
  const [, foreign, compression] = found;
  const suffix = compression === undefined ? "" : `${family === "oci" ? "+" : "."}${compression}`;
  return family === "oci"
    ? `application/vnd.oci.image.layer.${foreign ? "nondistributable." : ""}v1.tar${suffix}`
    : `application/vnd.docker.image.rootfs.${foreign ? "foreign." : ""}diff.tar${suffix}`;
}

/** The media type that a `Content-Type` header names, without parameters. */
export function stripMediaTypeParameters(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}
