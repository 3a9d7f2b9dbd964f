import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { elfMachine } from "../archives/elf-machine.ts";
import { withPulledBytes, type PulledBytes } from "../registries/pulled-bytes.ts";

/** One entry of a list and the image behind it, read from the bytes that a client gets. */
export interface JudgedImage {
  /** As the list says: `linux/arm/v7`. */
  readonly platform: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly config: string;
  /** As the config says. */
  readonly claimed: string;
  /** Digests of the layers as they are in the registry. */
  readonly layers: readonly string[];
  /** Of the layers' uncompressed bytes. */
  readonly diffIDs: readonly string[];
  /** Architectures of the binaries in the layers, each once. */
  readonly machines: readonly string[];
}

export interface JudgedList {
  readonly mediaType: string;
  readonly digest: string;
  readonly images: readonly JudgedImage[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform: Platform;
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

interface Config extends Platform {
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/**
 * Takes a list with all its images out of a registry and reads it with code that shares nothing with the product's.
 * Throws where bytes differ from digest or size, or the config's diffIDs from the layers.
 */
export function judgeList(reference: string): Promise<JudgedList> {
  return withPulledBytes(reference, async (pulled) => {
    const bytes = await pulled.manifest();
    const list = JSON.parse(bytes.toString()) as { mediaType: string; manifests: readonly Descriptor[] };
    const images = await Promise.all(list.manifests.map((entry) => judgeImage(pulled, entry)));
    return { mediaType: list.mediaType, digest: sha256(bytes), images };
  });
}

async function judgeImage(pulled: PulledBytes, entry: Descriptor): Promise<JudgedImage> {
  const bytes = checkBytes(entry, await pulled.manifest(entry.digest));
  const manifest = JSON.parse(bytes.toString()) as Manifest;
  const configBytes = checkBytes(manifest.config, await pulled.blob(manifest.config.digest));
  const config = JSON.parse(configBytes.toString()) as Config;
  const layers = await Promise.all(
    manifest.layers.map(async (layer) => inflateLayer(layer, await pulled.blob(layer.digest))),
  );
  const tars = layers.filter((_, at) => manifest.layers[at]?.mediaType.includes("tar"));
  const diffIDs = layers.map(sha256);
  const declared = config.rootfs.diff_ids.join(" ");
  if (diffIDs.join(" ") !== declared) {
    throw new Error(`${entry.digest}: layers have diffIDs ${diffIDs.join(" ")}, its config says ${declared}`);
  }
  return {
    platform: formatPlatform(entry.platform),
    mediaType: entry.mediaType,
    digest: entry.digest,
    config: manifest.config.digest,
    claimed: formatPlatform(config),
    layers: manifest.layers.map(({ digest }) => digest),
    diffIDs,
    machines: [...new Set((await Promise.all(tars.map(readMachines))).flat())],
  };
}

function checkBytes({ digest, size }: Descriptor, bytes: Buffer): Buffer {
  if (sha256(bytes) === digest && bytes.length === size) return bytes;
  throw new Error(`want ${digest} of ${size}, got ${sha256(bytes)} of ${bytes.length}`);
}

function inflateLayer(layer: Descriptor, bytes: Buffer): Buffer {
  checkBytes(layer, bytes);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (isGzip !== layer.mediaType.endsWith("gzip")) {
    throw new Error(`${layer.digest} is not ${layer.mediaType}`);
  }
  return isGzip ? gunzipSync(bytes) : bytes;
}

async function readMachines(tar: Buffer): Promise<string[]> {
  const found: (string | undefined)[] = [];
  const entries = extract();
  entries.end(tar);
  for await (const entry of entries) found.push(elfMachine(await buffer(entry)));
  return found.filter((machine) => machine !== undefined);
}

function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
