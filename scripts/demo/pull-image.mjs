import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const machines = new Map([
  [0x28, "arm"],
  [0x3e, "amd64"],
  [0xb7, "arm64"],
]);

/**
 * Pulls what a machine of a platform would get for `repository:tag`, and checks every digest and diffID on the way:
 * `{ digest, claimed, machines }`, where `claimed` is the config's platform and `machines` what the binaries are for.
 */
export async function pullImage(host, name, platform) {
  const [repository, tag] = name.split(":");
  const get = (kind, reference) =>
    fetchBytes(`http://${host}/v2/${repository}/${kind}/${reference}`, reference);
  const list = JSON.parse(await get("manifests", tag));
  const { digest } = list.manifests.find((entry) => formatPlatform(entry.platform) === platform);
  const manifest = JSON.parse(await get("manifests", digest));
  const config = JSON.parse(await get("blobs", manifest.config.digest));
  const tars = await Promise.all(
    manifest.layers.map(async (layer) => gunzipSync(await get("blobs", layer.digest))),
  );
  const diffIDs = tars.map(sha256);
  if (diffIDs.join() !== config.rootfs.diff_ids.join()) {
    throw new Error(`${digest}: layers do not match their config`);
  }
  const found = (await Promise.all(tars.map(readMachines))).flat();
  return { digest, claimed: formatPlatform(config), machines: [...new Set(found)] };
}

async function fetchBytes(url, reference) {
  const response = await fetch(url, { headers: { accept } });
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (reference.startsWith("sha256:") && sha256(bytes) !== reference) {
    throw new Error(`GET ${url}: got ${sha256(bytes)}`);
  }
  return bytes;
}

async function readMachines(tar) {
  const found = [];
  const entries = extract();
  entries.end(tar);
  for await (const entry of entries) {
    const bytes = await buffer(entry);
    if (bytes.subarray(0, 4).toString("latin1") === "\u007fELF") {
      found.push(machines.get(bytes.readUInt16LE(18)));
    }
  }
  return found;
}

function formatPlatform({ os, architecture, variant }) {
  return [os, architecture, variant].filter(Boolean).join("/");
}

function sha256(bytes) {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
