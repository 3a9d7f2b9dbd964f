import { note } from "../../../src/content/notice.ts";
import { gunzipSync, gzipSync } from "node:zlib";
import type {
  ImageSource,
  NamedArtifact,
  SourceReferrer,
  SourceArtifact,
  SourceFault,
  SourceImage,
  SourceLayer,
} from "../../../src/content/image-source.ts";
import {
  type LayerContents,
  type LayerRow,
  packLayerRows,
  pathKey,
} from "../../../src/content/layer-contents.ts";
import type { OpenableBlob } from "../../../src/content/repository.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { parseImageConfig } from "../../../src/oci/image-config.ts";
import { buildIndex, buildManifest, type Manifest } from "../../../src/oci/manifest.ts";
import { type Family, layerMediaType, mediaTypes } from "../../../src/oci/media-type.ts";
import { parsePlatform, type Platform, platformToJson } from "../../../src/oci/platform.ts";

export interface LayerSpec {
  /** Path and architecture. */
  readonly binaries?: readonly (readonly [path: string, architecture: string])[];
  /** Path and target of symbolic links. */
  readonly links?: readonly (readonly [path: string, target: string])[];
  readonly rows?: readonly LayerRow[];
  /** Paths of files of no interest, and of whiteouts. */
  readonly others?: readonly string[];
  readonly directories?: readonly string[];
  /** Those of the directories that have no entry of their own. */
  readonly implied?: readonly string[];
  readonly opaque?: readonly string[];
  /** How many binaries there are beyond those listed, by architecture. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Whether there is more than can be told. */
  readonly isCut?: boolean;
  /** Makes the layer's bytes differ. */
  readonly salt?: string;
}

/** A layer whose "tar" is its own description in JSON, so that {@link inspectSyntheticLayer} can read it back. */
export function buildLayer(spec: LayerSpec): SourceLayer & { readonly diffID: Digest } {
  const text = JSON.stringify(spec);
  const bytes = gzipSync(text);
  const digest = digestOf(bytes);
  return {
    diffID: digestOf(text),
    contents: contentsOf(spec),
    blob: async () => ({
      digest,
      size: bytes.length,
      compression: "gzip",
      async *open() {
        yield bytes;
      },
    }),
  };
}

function keysOf(paths: readonly string[] = []): Float64Array {
  return Float64Array.from(paths.map(pathKey));
}

function contentsOf(spec: LayerSpec): LayerContents {
  const { binaries = [], links = [], rows = [], counts = {}, isCut = false } = spec;
  const more = Object.entries(counts).flatMap(([architecture, count]) =>
    Array.from(
      { length: count },
      (_, i) => [`opt/${architecture}/${spec.salt ?? ""}${i}`, architecture] as const,
    ),
  );
  return {
    ...packLayerRows([
      ...[...binaries, ...more].map(([path, architecture]): LayerRow => ({
        kind: "binary",
        path,
        architecture,
        isExecutable: true,
      })),
      ...links.map(([path, target]): LayerRow => ({ kind: "link", path, target })),
      ...rows,
    ]),
    others: keysOf(spec.others),
    directories: keysOf(spec.directories),
    implied: keysOf(spec.implied),
    opaque: keysOf(spec.opaque),
    isComplete: !isCut,
  };
}

/** What `LoadRequest.inspectLayer` is for layers made here. */
export async function inspectSyntheticLayer(
  blob: AsyncIterable<Uint8Array>,
): Promise<{ diffID: Digest; contents: LayerContents }> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blob) chunks.push(chunk);
  const text = gunzipSync(Buffer.concat(chunks)).toString();
  return { diffID: digestOf(text), contents: contentsOf(JSON.parse(text) as LayerSpec) };
}

export interface ImageSpec {
  /** Default `rancher/pause:3.1`. */
  readonly names?: readonly string[];
  /** What the config says, `linux/arm/v7`; `""` for nothing. Default `linux/amd64`. */
  readonly config?: string;
  /** Architecture of the binary at `bin/app`, which is the entrypoint; none makes no binary. Default: what the config says. */
  readonly machine?: string | undefined;
  /** Instead of the one layer with that binary. */
  readonly layers?: readonly LayerSpec[];
  /** Instead of `Entrypoint: ["/bin/app"]`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether it brings its own manifest, of that family. */
  readonly manifest?: Family;
  /** What the descriptor in its index says. */
  readonly claimed?: string;
  /** Makes the image differ from others. */
  readonly salt?: string;
}

/** An image of a docker-save archive, or with `manifest` of an OCI layout. */
export function buildImage(spec: ImageSpec = {}): SourceImage {
  const said = spec.config ?? "linux/amd64";
  const platform = said === "" ? undefined : parsePlatform(said);
  const machine = "machine" in spec ? spec.machine : platform?.architecture;
  const specs = spec.layers ?? [
    { ...(machine ? { binaries: [["bin/app", machine] as const] } : {}), salt: spec.salt ?? "" },
  ];
  const layers = specs.map(buildLayer);
  const document = {
    ...(platform ? platformToJson(platform) : {}),
    config: spec.settings ?? { Entrypoint: ["/bin/app"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffID }) => diffID) },
    salt: spec.salt,
  };
  const config = parseImageConfig(Buffer.from(JSON.stringify(document)), "config");
  const image = { names: spec.names ?? ["rancher/pause:3.1"], config, layers };
  const claimed = spec.claimed === undefined ? {} : { claimedPlatform: parsePlatform(spec.claimed) };
  return { ...image, ...claimed, ...(spec.manifest ? ownManifest(image, specs, spec.manifest) : {}) };
}

function ownManifest(
  { config, layers }: SourceImage,
  specs: readonly LayerSpec[],
  family: Family,
): Pick<SourceImage, "manifest" | "layers"> {
  const descriptors = specs.map((spec): Descriptor => {
    const bytes = gzipSync(JSON.stringify(spec));
    return { mediaType: layerMediaType(family, "gzip"), digest: digestOf(bytes), size: bytes.length };
  });
  const manifest = buildManifest(
    family,
    { mediaType: mediaTypes[family].config, digest: config.digest, size: config.bytes.length },
    descriptors,
  );
  const described = layers.map((layer, i) => {
    const descriptor = descriptors[i];
    return descriptor ? { ...layer, descriptor } : layer;
  });
  return { manifest, layers: described };
}

export interface IndexSpec {
  readonly complete?: boolean;
  readonly attestations?: readonly SourceArtifact[];
  /** Children that are listed and not in the source. */
  readonly absent?: readonly Descriptor[];
}

/** Images with their own manifests and claimed platforms, as the children of one index. */
export function indexImages(
  images: readonly SourceImage[],
  { complete = true, attestations = [], absent = [] }: IndexSpec = {},
): SourceImage[] {
  const listed = images.map(({ manifest, claimedPlatform }): Descriptor => {
    if (!manifest || !claimedPlatform) {
      throw new Error("an indexed image needs a manifest and a claimed platform");
    }
    return { ...manifest.descriptor, platform: claimedPlatform };
  });
  const unknown: Platform = { os: "unknown", architecture: "unknown" };
  const others = attestations.map(({ manifest }) => ({ ...manifest.descriptor, platform: unknown }));
  const index = { manifest: buildIndex("oci", [...listed, ...others, ...absent]), complete, attestations };
  return images.map((image) => ({ ...image, index }));
}

/** A manifest over one small blob: an attestation, or with a name a signature. */
export function buildArtifact(text: string): SourceArtifact & { readonly manifest: Manifest } {
  const config = buildBlob("{}", "application/vnd.oci.empty.v1+json");
  const layer = buildBlob(text, "application/vnd.in-toto+json");
  return {
    manifest: buildManifest("oci", config.descriptor, [layer.descriptor]),
    blobs: [config, layer],
  };
}

/** Bytes with their descriptor. */
export function buildBlob(content: string | Uint8Array, mediaType: string): OpenableBlob {
  const bytes = Buffer.from(content);
  return {
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    async *open() {
      yield bytes;
    },
  };
}

export interface SyntheticSource extends ImageSource {
  /** In the order in which they were given back. */
  readonly released: SourceImage[];
  isDisposed: boolean;
}

export interface SourceSpec {
  readonly title?: string;
  readonly images?: readonly SourceImage[];
  readonly artifacts?: readonly NamedArtifact[];
  readonly referrers?: readonly SourceReferrer[];
  readonly faults?: readonly SourceFault[];
  readonly notes?: readonly string[];
  readonly sha256?: string;
}

/** An archive that was read, without an archive. */
export function buildSource(spec: SourceSpec = {}): SyntheticSource {
  const released: SourceImage[] = [];
  return {
    title: spec.title ?? "images.tar",
    facts: { writer: "test", compression: "none", size: 1024, sha256: spec.sha256 },
    images: spec.images ?? [],
    artifacts: spec.artifacts ?? [],
    referrers: spec.referrers ?? [],
    faults: spec.faults ?? [],
    notices: (spec.notes ?? []).map(note),
    released,
    isDisposed: false,
    async release(image) {
      released.push(image);
    },
    async [Symbol.asyncDispose]() {
      this.isDisposed = true;
    },
  };
}
