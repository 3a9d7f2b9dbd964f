import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

export type Family = "docker" | "oci";

export interface HandmadeEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

export interface HandmadeImage {
  readonly family: Family;
  /** What its config says, and its entry in a list. */
  readonly claimed: string;
  /** The `e_machine` of its one binary. */
  readonly machine: number;
  readonly variant?: string;
  /** What BuildKit 0.9 left in the config of how it was made. */
  readonly buildInfo?: object;
}

const mediaTypes = {
  docker: {
    list: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  },
  oci: {
    list: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  },
} as const;

/** Pushes a small image by bare requests, as other people's tools leave them, and gives its entry for a list. */
export async function pushImage(host: string, name: string, image: HandmadeImage): Promise<HandmadeEntry> {
  const types = mediaTypes[image.family];
  const platform = {
    os: "linux",
    architecture: image.claimed,
    ...(image.variant === undefined ? {} : { variant: image.variant }),
  };
  const tar = await buildLayer(image.machine);
  const layer = gzipSync(tar);
  const buildInfo =
    image.buildInfo === undefined
      ? {}
      : { "moby.buildkit.buildinfo.v1": Buffer.from(JSON.stringify(image.buildInfo)).toString("base64") };
  const rootfs = { type: "layers", diff_ids: [sha256(tar)] };
  const config = Buffer.from(JSON.stringify({ ...platform, config: {}, rootfs, ...buildInfo }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: await pushBlob(host, name, config, types.config),
      layers: [await pushBlob(host, name, layer, types.layer)],
    }),
  );
  const digest = await pushManifest(host, name, manifest, types.manifest);
  return { mediaType: types.manifest, digest, size: manifest.length, platform };
}

/** Pushes a list of these entries under the name's tag and gives its digest. */
export function pushList(
  host: string,
  name: string,
  family: Family,
  entries: readonly HandmadeEntry[],
): Promise<string> {
  const list = { schemaVersion: 2, mediaType: mediaTypes[family].list, manifests: entries };
  return pushManifest(host, name, Buffer.from(JSON.stringify(list)), list.mediaType);
}

async function buildLayer(machine: number): Promise<Buffer> {
  const binary = Buffer.alloc(64);
  binary.write("\u007fELF\u0002\u0001\u0001", "latin1");
  binary.writeUInt16LE(2, 16);
  binary.writeUInt16LE(machine, 18);
  const tar = pack();
  tar.entry({ name: "bin/tool", mode: 0o755, mtime: new Date(0) }, binary);
  tar.finalize();
  return buffer(tar);
}

async function pushBlob(host: string, name: string, bytes: Buffer, mediaType: string): Promise<unknown> {
  const started = await request(`http://${host}/v2/${name.split(":")[0]}/blobs/uploads/`, { method: "POST" });
  const upload = new URL(started.headers.get("location") ?? "", `http://${host}`);
  upload.searchParams.set("digest", sha256(bytes));
  await request(upload, {
    method: "PUT",
    body: bytes,
    headers: { "content-type": "application/octet-stream" },
  });
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

async function pushManifest(host: string, name: string, bytes: Buffer, mediaType: string): Promise<string> {
  const [repository, tag] = name.split(":");
  const url = `http://${host}/v2/${repository}/manifests/${tag}`;
  await request(url, { method: "PUT", body: bytes, headers: { "content-type": mediaType } });
  return sha256(bytes);
}

async function request(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new Error(`${init.method} ${url.toString()}: ${response.status} ${await response.text()}`);
  }
  return response;
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
