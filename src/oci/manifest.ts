import { applyEdits, findNodeAtLocation, modify, parseTree } from "jsonc-parser";
import { AirgapError } from "./airgap-error.ts";
import { type Descriptor, descriptorToJson, isForeign, parseDescriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { asArray, asObject, asOptionalString, type JsonObject, parseJson, rejectCaseTwins } from "./json.ts";
import { type Family, isAnyManifestType, isIndexType, isManifestType, mediaTypes } from "./media-type.ts";
import { printable } from "./printable.ts";

/** Bytes and what they say, kept together: what has a digest is never written again from its parsed form. */
export interface RawManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** An image manifest (image-spec, manifest.md; distribution, manifest-v2-2.md). */
export interface Manifest extends RawManifest {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/** An OCI image index or a Docker manifest list (image-spec, image-index.md). */
export interface ImageIndex extends RawManifest {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
}

/** The layers that are to be where their manifest is; foreign ones live elsewhere. */
export function ownLayers({ layers }: Pick<Manifest, "layers">): Descriptor[] {
  return layers.filter((layer) => !isForeign(layer));
}

/** The blobs that are to be where a manifest that names them is. */
export function ownBlobs(manifest: Pick<Manifest, "config" | "layers">): Descriptor[] {
  return [manifest.config, ...ownLayers(manifest)];
}

/** What a manifest or an index names that is to be where it is, in the order in which it names it. */
export interface ManifestParts {
  readonly blobs: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
}

/** Tells blobs from manifests; BuildKit's cache is an index whose entries are blobs (moby/buildkit, docs on cache exporters). */
export function partsOf(node: Manifest | ImageIndex): ManifestParts {
  if (node.kind === "manifest") return { blobs: ownBlobs(node), manifests: [] };
  return {
    blobs: node.manifests.filter(isBlob),
    manifests: node.manifests.filter((entry) => !isBlob(entry)),
  };
}

function isBlob({ mediaType }: Descriptor): boolean {
  return mediaType !== "" && !isAnyManifestType(mediaType);
}

/** No registry takes a larger manifest (distribution-spec, pushing manifests). */
export const maxManifestSize: number = 4 * 1024 * 1024;

/**
 * Reads a manifest or an index, whichever the bytes are. A document that could be read as both is refused
 * (CVE-2021-41190). `mediaType` is the type that its descriptor or `Content-Type` gave, where there is one.
 * Throws `MANIFEST_INVALID` or `JSON_INVALID`.
 */
export function parseManifest(bytes: Uint8Array, what: string, mediaType?: string): Manifest | ImageIndex {
  const object = asObject(parseJson(bytes, { what }), what);
  rejectCaseTwins(object, what);
  const looksIndex = object.has("manifests");
  const looksManifest = object.has("layers") || object.has("config") || object.has("fsLayers");
  if (looksIndex === looksManifest) {
    throw invalidManifest(
      what,
      looksIndex ? "it is a manifest and an index at once" : "it is neither a manifest nor an index",
    );
  }
  if (object.has("fsLayers")) {
    throw invalidManifest(what, "it is of schema 1, which registries no longer take");
  }
  const type = resolveMediaType(object, looksIndex, mediaType, what);
  const descriptor = { mediaType: type, digest: digestOf(bytes), size: bytes.length };
  return looksIndex
    ? readIndex(object, descriptor, bytes, what)
    : readManifest(object, descriptor, bytes, what);
}

function resolveMediaType(
  object: JsonObject,
  isIndex: boolean,
  given: string | undefined,
  what: string,
): string {
  const own = asOptionalString(object.get("mediaType"), `${what}.mediaType`);
  if (own && given && own !== given) {
    throw invalidManifest(what, `its media type is "${own}", announced was "${given}"`);
  }
  const type = own ?? given ?? (isIndex ? mediaTypes.oci.index : mediaTypes.oci.manifest);
  if (isIndex ? isIndexType(type) : isManifestType(type)) return type;
  throw invalidManifest(what, `its media type "${type}" does not fit its content`);
}

function readManifest(object: JsonObject, descriptor: Descriptor, bytes: Uint8Array, what: string): Manifest {
  const subject = object.get("subject");
  const artifactType = asOptionalString(object.get("artifactType"), `${what}.artifactType`);
  return {
    kind: "manifest",
    descriptor,
    bytes,
    config: parseDescriptor(object.get("config"), `${what}.config`),
    layers: asArray(object.get("layers"), `${what}.layers`).map((layer, i) =>
      parseDescriptor(layer, `${what}.layers[${i}]`),
    ),
    ...(subject ? { subject: parseDescriptor(subject, `${what}.subject`) } : {}),
    ...(artifactType ? { artifactType } : {}),
  };
}

function readIndex(object: JsonObject, descriptor: Descriptor, bytes: Uint8Array, what: string): ImageIndex {
  const subject = object.get("subject");
  const manifests = asArray(object.get("manifests"), `${what}.manifests`);
  return {
    kind: "index",
    descriptor,
    bytes,
    manifests: manifests.map((child, i) => parseDescriptor(child, `${what}.manifests[${i}]`)),
    ...(subject ? { subject: parseDescriptor(subject, `${what}.subject`) } : {}),
  };
}

function invalidManifest(what: string, detail: string): AirgapError {
  return new AirgapError("MANIFEST_INVALID", `Cannot read ${printable(what)}: ${printable(detail)}`);
}

/**
 * Writes an image manifest of that family, always in the same form, so that the same image has the same digest. Docker's are
 * indented as docker itself writes them: docker 20.10's `manifest push` indents those of another repository anew before it sends
 * them, and any other form would get another digest there (distribution, schema2.FromStruct).
 */
export function buildManifest(family: Family, config: Descriptor, layers: readonly Descriptor[]): Manifest {
  const mediaType = mediaTypes[family].manifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: descriptorToJson(config),
    layers: layers.map(descriptorToJson),
  };
  const indent = family === "docker" ? 3 : undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(document, undefined, indent));
  return {
    kind: "manifest",
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    bytes,
    config,
    layers,
  };
}

/** Writes an index of that family over these children, in the order given. Docker's know no annotations. */
export function buildIndex(
  family: Family,
  manifests: readonly Descriptor[],
  annotations: ReadonlyMap<string, string> = new Map(),
): ImageIndex {
  const mediaType = mediaTypes[family].index;
  const document = {
    schemaVersion: 2,
    mediaType,
    manifests: manifests.map(descriptorToJson),
    ...(annotations.size ? { annotations: Object.fromEntries(annotations) } : {}),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return {
    kind: "index",
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    bytes,
    manifests,
  };
}

/** The same manifest for another config, whose bytes it no longer embeds; every byte that does not speak of the config stays. */
export function replaceManifestConfig(
  manifest: Manifest,
  config: Pick<Descriptor, "digest" | "size">,
): Manifest {
  let text = new TextDecoder().decode(manifest.bytes);
  for (const [key, value] of Object.entries({ digest: config.digest, size: config.size, data: undefined })) {
    text = applyEdits(text, modify(text, ["config", key], value, {}));
  }
  const bytes = new TextEncoder().encode(text);
  const descriptor = { ...manifest.descriptor, digest: digestOf(bytes), size: bytes.length };
  const { data: _old, ...rest } = manifest.config;
  return { ...manifest, bytes, descriptor, config: { ...rest, ...config } };
}

/** The same manifest with those layers as any other's: of a plain type, without urls. */
export function adoptForeignLayers(manifest: Manifest, isAdopted: (at: number) => boolean): Manifest {
  let text = new TextDecoder().decode(manifest.bytes);
  const layers = manifest.layers.map((layer, at): Descriptor => {
    if (!isAdopted(at) || !isForeign(layer)) return layer;
    const mediaType = layer.mediaType.replace(/\.foreign|\.nondistributable/, "");
    text = applyEdits(text, modify(text, ["layers", at, "mediaType"], mediaType, {}));
    text = applyEdits(text, modify(text, ["layers", at, "urls"], undefined, {}));
    const { urls: _urls, ...rest } = layer;
    return { ...rest, mediaType };
  });
  const bytes = new TextEncoder().encode(text);
  const descriptor = { ...manifest.descriptor, digest: digestOf(bytes), size: bytes.length };
  return { ...manifest, bytes, descriptor, layers };
}

/** The same index without the children that `keep` refuses; all that does not speak of them stays as it is written. */
export function filterIndex(index: ImageIndex, keep: (child: Descriptor) => boolean): ImageIndex {
  const text = new TextDecoder().decode(index.bytes);
  const list = findNodeAtLocation(parseTree(text) ?? fail(), ["manifests"]) ?? fail();
  const kept = (list.children ?? []).filter((_, at) => index.manifests.slice(at, at + 1).some(keep));
  const children = kept.map(({ offset, length }) => text.slice(offset, offset + length));
  const end = list.offset + list.length;
  const filtered = `${text.slice(0, list.offset)}[${children.join(",")}]${text.slice(end)}`;
  const bytes = new TextEncoder().encode(filtered);
  const descriptor = { ...index.descriptor, digest: digestOf(bytes), size: bytes.length };
  return { ...index, bytes, descriptor, manifests: index.manifests.filter(keep) };
}

function fail(): never {
  throw new Error("an index has no manifests");
}

const configTypes: readonly string[] = [mediaTypes.oci.config, mediaTypes.docker.config, ""];
const layerTypes = /^(?:application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\..*)?$/;

/**
 * Whether a manifest describes an image by its types. Signatures have the config type of images, so it takes the layers'
 * types to tell (cosign, SPEC.md).
 */
export function isImageManifest({ artifactType, config, layers }: Manifest): boolean {
  return (
    artifactType === undefined &&
    configTypes.includes(config.mediaType) &&
    layers.every(({ mediaType }) => layerTypes.test(mediaType))
  );
}
