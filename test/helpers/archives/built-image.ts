import { gzipSync } from "node:zlib";
import { type Digest, digestHex, digestOf } from "../../../src/oci/digest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { TarBuilder } from "./tar-builder.ts";

/** A small image, in all the forms that archives keep its parts in. */
export interface BuiltImage {
  readonly config: Blob;
  /** Base layer first, as tars. */
  readonly layers: readonly Blob[];
  /** The same layers, compressed. */
  readonly gzipLayers: readonly Blob[];
  /** An OCI manifest over the compressed layers. */
  readonly manifest: Blob;
}

/** Bytes with their digest, which most archives name them by. */
export interface Blob {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly hex: string;
}

export interface ImageFields {
  readonly architecture?: string;
  readonly variant?: string;
  /** A word each, which makes the layer another one. */
  readonly layers?: readonly string[];
  /** Merged into the config's JSON. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export async function buildImage(fields: ImageFields = {}): Promise<BuiltImage> {
  const { architecture = "amd64", variant } = fields;
  const layers = await Promise.all((fields.layers ?? ["base"]).map(buildLayer));
  const gzipLayers = layers.map(({ bytes }) => blob(gzipSync(bytes)));
  const config = jsonBlob({
    architecture,
    ...(variant ? { variant } : {}),
    os: "linux",
    config: { Cmd: ["/bin/true"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    ...fields.config,
  });
  return { config, layers, gzipLayers, manifest: manifestOf(config, gzipLayers) };
}

/** A layer with one file that holds the word. */
export async function buildLayer(word: string): Promise<Blob> {
  return blob(await new TarBuilder().file(`etc/${word}`, word).build());
}

export function manifestOf(
  config: Blob,
  layers: readonly Blob[],
  layerType: string = mediaTypes.oci.layerGzip,
): Blob {
  return jsonBlob({
    schemaVersion: 2,
    mediaType: mediaTypes.oci.manifest,
    config: descriptorOf(config, mediaTypes.oci.config),
    layers: layers.map((layer) => descriptorOf(layer, layerType)),
  });
}

export function indexOf(...manifests: readonly object[]): Blob {
  return jsonBlob({ schemaVersion: 2, mediaType: mediaTypes.oci.index, manifests });
}

/** A descriptor as it stands in a manifest's JSON. */
export function descriptorOf(
  { bytes, digest }: Blob,
  mediaType: string = mediaTypes.oci.manifest,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { mediaType, digest, size: bytes.length, ...more };
}

/** The annotation that containerd names an image by. */
export function named(name: string): { annotations: Record<string, string> } {
  return { annotations: { "io.containerd.image.name": name } };
}

/** The annotation that everybody else names an image by. */
export function refNamed(name: string): { annotations: Record<string, string> } {
  return { annotations: { "org.opencontainers.image.ref.name": name } };
}

export function jsonBlob(value: unknown): Blob {
  return blob(Buffer.from(JSON.stringify(value)));
}

export function blob(bytes: Buffer): Blob {
  const digest = digestOf(bytes);
  return { bytes, digest, hex: digestHex(digest) };
}
