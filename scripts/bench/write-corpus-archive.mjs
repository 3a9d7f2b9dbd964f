// Writes an archive of eight images from layer tars to standard output, as Docker 1.10-24 or as containerd does. `next`
// is a later release of the same images as Docker writes it, of which one has changed.
// usage: write-corpus-archive.mjs docker|containerd|next ARCH FOLDER-OF-LAYER-TARS
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import tar from "tar-stream";

const firstRelease = [
  { name: "rancher/mirrored-coredns-coredns:1.12.0", layerNames: ["base", "docker-registry"] },
  { name: "rancher/klipper-helm:v0.9.3", layerNames: ["base", "git", "rclone"] },
  { name: "rancher/klipper-lb:v0.4.9", layerNames: ["base", "iptables"] },
  { name: "rancher/mirrored-library-busybox:1.36.1", layerNames: ["busybox"] },
  { name: "rancher/mirrored-library-traefik:2.11.18", layerNames: ["base", "prometheus"] },
  { name: "rancher/local-path-provisioner:v0.0.30", layerNames: ["base", "etcd-server"] },
  { name: "rancher/mirrored-metrics-server:v0.7.2", layerNames: ["prometheus-node-exporter"] },
  { name: "rancher/mirrored-pause:3.6", layerNames: ["catatonit"] },
];
const nextRelease = firstRelease.map(({ name, layerNames }) => ({
  name: `${name}-next`,
  layerNames: layerNames.map((layerName) => (layerName === "iptables" ? "iptables-next" : layerName)),
}));
const created = "2023-11-14T22:13:20Z";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";

const [layout, architecture, folder] = process.argv.slice(2);
const images = layout === "next" ? nextRelease : firstRelease;
const layers = new Map();
const entries = layout === "containerd" ? containerdEntries() : dockerEntries();
const pack = tar.pack();
const written = pipeline(pack, process.stdout);
for (const [name, bytes] of entries) pack.entry({ name, mode: 0o644, mtime: new Date(1.7e12) }, bytes);
pack.finalize();
await written;

/** v1 folders, one for each chain of layers, in the order of their names; manifest.json last. */
function dockerEntries() {
  const found = new Map();
  const manifest = images.map(({ name, layerNames }) => {
    let chain = "";
    const paths = layerNames.map((layerName) => {
      const { tar: bytes, diffID } = readLayer(layerName);
      chain = sha256(chain + diffID);
      found.set(`${chain}/VERSION`, "1.0");
      found.set(`${chain}/json`, JSON.stringify({ id: chain, created, os: "linux" }));
      found.set(`${chain}/layer.tar`, bytes);
      return `${chain}/layer.tar`;
    });
    const config = buildConfig(name, layerNames);
    found.set(`${sha256(config)}.json`, config);
    return { Config: `${sha256(config)}.json`, RepoTags: [name], Layers: paths };
  });
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...sorted, ["manifest.json", JSON.stringify(manifest)]];
}

/** Blobs by digest with compressed layers, original manifests, both indexes. */
function containerdEntries() {
  const blobs = new Map();
  const addBlob = (mediaType, bytes) => {
    const hex = sha256(bytes);
    blobs.set(`blobs/sha256/${hex}`, bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const items = images.map(({ name, layerNames }) => {
    const config = addBlob(
      "application/vnd.oci.image.config.v1+json",
      Buffer.from(buildConfig(name, layerNames)),
    );
    const gzips = layerNames.map((layerName) =>
      addBlob("application/vnd.oci.image.layer.v1.tar+gzip", gzipLayer(layerName)),
    );
    const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: gzips };
    return { name, config, gzips, manifest: addBlob(manifestType, Buffer.from(JSON.stringify(manifest))) };
  });
  const manifests = items.map(({ name, manifest }) => ({
    ...manifest,
    annotations: {
      "io.containerd.image.name": `docker.io/${name}`,
      "org.opencontainers.image.ref.name": name.split(":")[1],
    },
  }));
  const dockerManifest = items.map(({ name, config, gzips }) => ({
    Config: blobPath(config),
    RepoTags: [name],
    Layers: gzips.map(blobPath),
  }));
  return [
    ...[...blobs].sort(([a], [b]) => (a < b ? -1 : 1)),
    ["index.json", JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests })],
    ["manifest.json", JSON.stringify(dockerManifest)],
    ["oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })],
  ];
}

function blobPath({ digest }) {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}

function buildConfig(name, layerNames) {
  return JSON.stringify({
    architecture,
    os: "linux",
    ...(architecture === "arm" ? { variant: "v7" } : {}),
    created,
    config: { Entrypoint: ["/bin/busybox"], Cmd: ["sh"], Labels: { "org.opencontainers.image.title": name } },
    rootfs: {
      type: "layers",
      diff_ids: layerNames.map((layerName) => `sha256:${readLayer(layerName).diffID}`),
    },
    history: layerNames.map((layerName) => ({ created, created_by: `ADD ${layerName}.tar / # buildkit` })),
  });
}

function readLayer(name) {
  if (!layers.has(name)) {
    const bytes = readFileSync(`${folder}/${architecture}-${name}.tar`);
    layers.set(name, { tar: bytes, diffID: sha256(bytes) });
  }
  return layers.get(name);
}

function gzipLayer(name) {
  const layer = readLayer(name);
  layer.gzip ??= gzipSync(layer.tar);
  return layer.gzip;
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
