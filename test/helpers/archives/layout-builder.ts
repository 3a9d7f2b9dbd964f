import { gzipSync } from "node:zlib";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { type Blob, blob, buildLayer, descriptorOf, jsonBlob } from "./built-image.ts";
import { TarBuilder } from "./tar-builder.ts";

export type Json = Record<string, unknown>;

const { oci } = mediaTypes;

/** An OCI layout in the making, its oddities included. */
export class LayoutBuilder {
  readonly #blobs = new Map<string, Blob>();
  readonly #roots: Json[] = [];

  /** Keeps bytes and describes them. */
  add(content: Blob, mediaType: string, more: Json = {}): Json {
    this.#blobs.set(content.hex, content);
    return descriptorOf(content, mediaType, more);
  }

  /** An image of one layer that holds the word. */
  async image(word: string, architecture = "amd64"): Promise<Json> {
    const layer = await buildLayer(word);
    const layers = [this.add(blob(gzipSync(layer.bytes)), oci.layerGzip)];
    return this.manifest(this.config(architecture, [layer]), layers);
  }

  config(architecture: string, layers: readonly Blob[], more: Json = {}): Json {
    const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
    return this.add(jsonBlob({ architecture, os: "linux", config: {}, rootfs, ...more }), oci.config);
  }

  manifest(config: Json, layers: readonly Json[], more: Json = {}): Json {
    const mediaType = oci.manifest;
    return this.add(jsonBlob({ schemaVersion: 2, mediaType, config, layers, ...more }), mediaType);
  }

  index(manifests: readonly Json[]): Json {
    return this.add(jsonBlob({ schemaVersion: 2, mediaType: oci.index, manifests }), oci.index);
  }

  /** Lists something in `index.json`, under a name or, with none, without. */
  root(descriptor: Json, name?: string): this {
    const annotations = name === undefined ? {} : { "org.opencontainers.image.ref.name": name };
    this.#roots.push({ ...descriptor, annotations });
    return this;
  }

  /** The same under containerd's annotation. */
  containerd(descriptor: Json, name: string): this {
    this.#roots.push({ ...descriptor, annotations: { "io.containerd.image.name": name } });
    return this;
  }

  /** Takes a blob out again, as if it had been lost. */
  lose(digest: unknown): this {
    this.#blobs.delete(String(digest).replace("sha256:", ""));
    return this;
  }

  /** Changes a blob's last byte and nothing of what names it. */
  damage(digest: unknown): this {
    const hex = String(digest).replace("sha256:", "");
    const found = this.#blobs.get(hex);
    if (!found) throw new Error(`there is no blob ${hex}`);
    const bytes = Buffer.from(found.bytes);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x20;
    this.#blobs.set(hex, { ...found, bytes });
    return this;
  }

  /** The JSON of a manifest that is kept. */
  read(descriptor: Json): Json & { layers: Json[]; config: Json } {
    const bytes = this.#blobs.get(String(descriptor["digest"]).replace("sha256:", ""))?.bytes;
    return JSON.parse(String(bytes)) as Json & { layers: Json[]; config: Json };
  }

  tar(prefix = ""): TarBuilder {
    const tar = new TarBuilder().json(`${prefix}oci-layout`, { imageLayoutVersion: "1.0.0" });
    for (const { hex, bytes } of this.#blobs.values()) tar.file(`${prefix}blobs/sha256/${hex}`, bytes);
    return tar.json(`${prefix}index.json`, {
      schemaVersion: 2,
      mediaType: oci.index,
      manifests: this.#roots,
    });
  }
}

/** As `docker save` writes images, each with its names; a layer's path may be any. */
export function dockerSave(
  images: readonly { tags: string[] | null; config: Blob; layers: readonly Blob[]; paths?: string[] }[],
  prefix = "",
): TarBuilder {
  const tar = new TarBuilder();
  const items = images.map(
    ({ tags, config, layers, paths = layers.map(({ hex }) => `${hex}/layer.tar`) }) => {
      for (const { hex, bytes } of layers) tar.file(`${prefix}${hex}/layer.tar`, bytes);
      tar.file(`${prefix}${config.hex}.json`, config.bytes);
      return { Config: `${config.hex}.json`, RepoTags: tags, Layers: paths };
    },
  );
  return tar.json(`${prefix}manifest.json`, items);
}
