import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";
import { gzipInParallel } from "../../dist/deflate/encode/parallel-gzip.js";
import { digestOf, sha256Digest } from "../../dist/oci/digest.js";
import { buildManifest } from "../../dist/oci/manifest.js";
import { mediaTypes } from "../../dist/oci/media-type.js";
import { countInto } from "./count-into.mjs";
import { userId } from "./image-files.mjs";

const epoch = "1970-01-01T00:00:00Z";

/**
 * One platform's image: its manifest, and its blobs by digest, each with what opens it. The layers' files go to `work`. No
 * time, owner or order comes from this machine, so that the same files give the same bytes.
 */
export async function buildImage({ arch, version, layers, work }) {
  const written = [];
  for (const [at, entries] of layers.entries()) {
    written.push(await writeLayer(entries, join(work, `${arch}-layer-${at}.tar.gz`)));
  }
  const config = Buffer.from(JSON.stringify(describeConfig(arch, version, written)));
  const configDescriptor = {
    mediaType: mediaTypes.oci.config,
    digest: digestOf(config),
    size: config.length,
  };
  const manifest = buildManifest(
    "oci",
    configDescriptor,
    written.map(({ descriptor }) => descriptor),
  );
  return {
    platform: { os: "linux", architecture: arch },
    manifest,
    blobs: [
      { descriptor: configDescriptor, open: () => [config] },
      ...written.map(({ descriptor, path }) => ({ descriptor, open: () => createReadStream(path) })),
    ],
  };
}

function describeConfig(architecture, version, layers) {
  return {
    created: epoch,
    architecture,
    os: "linux",
    config: {
      User: `${userId}:${userId}`,
      Env: ["PATH=/usr/local/bin", "HOME=/home/airgap-load"],
      Entrypoint: ["/usr/local/bin/airgap-load"],
      WorkingDir: "/",
      Labels: {
        "org.opencontainers.image.title": "airgap-load",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffID }) => diffID) },
    history: ["libraries of Debian", "airgap-load"].map((comment) => ({ created: epoch, comment })),
  };
}

/** Writes a layer as tar.gz; gives its descriptor, its diffID and its path. */
async function writeLayer(entries, path) {
  const diffID = createHash("sha256");
  const digest = createHash("sha256");
  let size = 0;
  const pack = tar.pack();
  const packed = packEntries(pack, entries);
  await pipeline(
    pack,
    countInto(diffID),
    (source) => gzipInParallel(source, { level: 9 }),
    countInto(digest, (length) => (size += length)),
    createWriteStream(path),
  );
  await packed;
  const descriptor = {
    mediaType: mediaTypes.oci.layerGzip,
    digest: sha256Digest(digest.digest("hex")),
    size,
  };
  return { descriptor, diffID: sha256Digest(diffID.digest("hex")), path };
}

async function packEntries(pack, entries) {
  const folders = new Set();
  for (const { header, open } of entries) {
    for (const folder of foldersOf(header.name)) {
      if (!folders.has(folder)) {
        pack.entry({ name: folder, type: "directory", mode: 0o755, mtime: new Date(0) });
      }
      folders.add(folder);
    }
    folders.add(header.name);
    const entry = pack.entry({ ...header, mtime: new Date(0) });
    if (open && header.type !== "symlink") await pipeline(Readable.from(open()), entry);
  }
  pack.finalize();
}

/** `a/`, `a/b/` of `a/b/c`. */
function foldersOf(name) {
  const parts = name.replace(/\/$/, "").split("/");
  return parts.slice(1).map((_, at) => `${parts.slice(0, at + 1).join("/")}/`);
}
