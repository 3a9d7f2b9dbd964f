import type { CountedLayer } from "../../content/counted-layer.ts";
import { countedFile, formatCountedLayers } from "../images/counted-layers.ts";
import type { OpenableBlob, Opener } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { listAnnotation, repositoryAnnotation } from "../images/own-annotations.ts";
import { describeReferrer } from "../../oci/describe-referrer.ts";
import { type Descriptor, isForeign } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { buildIndex, type ImageIndex, type Manifest, type RawManifest } from "../../oci/manifest.ts";
import { isImageManifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import { formatReference, type Reference, splitPin } from "../../oci/reference.ts";
import { blobPath } from "../index/blob-entry.ts";
import { packTar, type PackedEntry } from "../tar/pack-tar.ts";
import { readAhead } from "./read-ahead.ts";

/** An image that an archive is to hold under these names. */
export interface PackedImage {
  readonly names: readonly Reference[];
  /** The only name as it is to stand in `org.opencontainers.image.ref.name`, where that is not in full: a bare tag. */
  readonly refName?: string;
  readonly root: Manifest | ImageIndex;
  /** Of a single image; an index tells its own. */
  readonly platform?: Platform;
  /** The list that it was chosen from, which is named with it where it is in the archive. */
  readonly whole?: RawManifest;
}

/** What refers to an image: listed without a name of its own, as oras and regctl do. */
export interface PackedReferrer {
  readonly root: Manifest | ImageIndex;
  /** Cosign's `sha256-<hex>.sig`. */
  readonly tag?: string;
  /** Of the image that it was found beside. */
  readonly name: Reference;
}

export interface PackedContent {
  readonly images: readonly PackedImage[];
  readonly referrers?: readonly PackedReferrer[];
  /** All that the images name, their roots included. */
  readonly manifests: ReadonlyMap<Digest, RawManifest>;
  readonly blobs: ReadonlyMap<Digest, OpenableBlob>;
  /** Layers that are left out, since the place that it is for has them. */
  readonly counted?: readonly CountedLayer[] | undefined;
}

export interface PackOptions {
  /** With a `manifest.json` beside the image layout, as `docker load` and `podman load` want it: for single images. */
  readonly docker: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Writes images as containerd's exporter does: an image layout with the names in its `index.json`, and on demand docker's
 * `manifest.json` over the same blobs (archives.md 3.5). The same images give the same bytes. Throws `FOREIGN_LAYER`.
 */
export function packImages(content: PackedContent, options: PackOptions): AsyncIterable<Uint8Array> {
  const entries = [...listBlobs(content), ...listMetadata(content, options)];
  return packTar(readAhead(entries, options.signal), options.signal);
}

function listBlobs({ manifests, blobs }: PackedContent): PackedEntry[] {
  const files = [...manifests.values()].map(({ descriptor, bytes }) =>
    fileOf(blobPath(descriptor.digest), bytes),
  );
  for (const { descriptor, open } of blobs.values()) {
    files.push({ name: blobPath(descriptor.digest), size: descriptor.size, open });
  }
  const folders = new Set(["blobs/", ...files.map(({ name }) => name.slice(0, name.lastIndexOf("/") + 1))]);
  return [...[...folders].map((name) => ({ name, size: 0 })), ...files].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function listMetadata(content: PackedContent, { docker }: PackOptions): PackedEntry[] {
  const { images, referrers = [], counted = [] } = content;
  const named = images
    .flatMap((image) => describeNames(image, content))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const listed = [...named, ...describeReferrers(referrers)];
  // Docker's readers know of no layers that are elsewhere.
  const items = docker && counted.length === 0 ? listDockerItems(images) : [];
  return [
    fileOf("index.json", buildIndex("oci", listed).bytes),
    ...(counted.length > 0 ? [fileOf(countedFile, Buffer.from(formatCountedLayers(counted)))] : []),
    ...(items.length > 0 ? [fileOf("manifest.json", Buffer.from(JSON.stringify(items)))] : []),
    fileOf("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
  ];
}

function fileOf(name: string, bytes: Uint8Array): PackedEntry {
  const open: Opener = async function* open() {
    yield bytes;
  };
  return { name, size: bytes.length, open };
}

const nameAnnotations = ["io.containerd.image.name", "org.opencontainers.image.ref.name"] as const;

/**
 * The name in full under both annotations: podman and skopeo read the second, and know nothing of a bare tag. A name with a
 * tag and a digest is two: one for readers that know no digests, one for what was asked for.
 */
function describeNames(
  { names, root: { descriptor }, platform, whole, refName }: PackedImage,
  { manifests }: PackedContent,
): Descriptor[] {
  const list = whole && manifests.has(whole.descriptor.digest) ? whole.descriptor.digest : undefined;
  return listFullNames(names).map((full) => {
    const [containerdName, ociName] = nameAnnotations;
    const annotations = new Map<string, string>(full === undefined ? [] : [[containerdName, full]]);
    const own = refName ?? full;
    if (own !== undefined) annotations.set(ociName, own);
    if (list) annotations.set(listAnnotation, list);
    return { ...descriptor, annotations, ...(platform ? { platform } : {}) };
  });
}

function listFullNames(names: readonly Reference[]): readonly (string | undefined)[] {
  const full = names.flatMap(splitPin).map(formatReference);
  return full.length > 0 ? [...new Set(full)] : [undefined];
}

/** A manifest that was found beside several images is listed for each repository. */
function describeReferrers(referrers: readonly PackedReferrer[]): Descriptor[] {
  const described = new Map<string, Descriptor>();
  for (const { root, tag, name } of referrers) {
    const repository = `${name.host}/${name.repository}`;
    const { artifactType } = describeReferrer(root);
    const annotations = new Map([
      ...(tag === undefined ? [] : [[nameAnnotations[1], tag] as const]),
      [repositoryAnnotation, repository] as const,
    ]);
    const descriptor = { ...root.descriptor, annotations, ...(artifactType ? { artifactType } : {}) };
    described.set(`${root.descriptor.digest} ${tag} ${repository}`, descriptor);
  }
  return [...described].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, descriptor]) => descriptor);
}

function nameOf({ annotations }: Descriptor): string {
  return annotations?.get(nameAnnotations[0]) ?? "";
}

/** One item for each config; what is no image has none. Names in full: podman puts others under localhost. */
function listDockerItems(images: readonly PackedImage[]): unknown[] {
  const items = new Map<Digest, { Config: string; RepoTags: string[]; Layers: string[] }>();
  for (const { names, root } of images) {
    if (root.kind === "index" || !isImageManifest(root)) continue;
    const item = items.get(root.config.digest) ?? {
      Config: blobPath(root.config.digest),
      RepoTags: [],
      Layers: root.layers.map((layer) => layerPath(names, layer)),
    };
    for (const { host, repository, tag } of names) {
      if (tag !== undefined) item.RepoTags.push(formatReference({ host, repository, tag }));
    }
    items.set(root.config.digest, item);
  }
  for (const { RepoTags } of items.values()) RepoTags.sort();
  return [...items.values()].sort((a, b) => (a.Config < b.Config ? -1 : 1));
}

function layerPath(names: readonly Reference[], layer: Descriptor): string {
  if (!isForeign(layer)) return blobPath(layer.digest);
  const name = names[0] ? formatReference(names[0]) : layer.digest;
  throw new AirgapError(
    "FOREIGN_LAYER",
    `Cannot write "${name}" for docker: its layer ${layer.digest} is not to be distributed`,
    { hint: "Write an image layout instead: oci-archive: or oci:." },
  );
}
