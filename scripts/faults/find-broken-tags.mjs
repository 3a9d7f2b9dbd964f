import { createHash } from "node:crypto";

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Tags of a registry whose manifest, or a child, config or layer of it, is not there or is not its digest. */
export async function findBrokenTags(url, prefix = "", headers = {}) {
  const broken = [];
  for (const repository of (await getJson(`${url}/v2/_catalog?n=1000`, headers)).repositories ?? []) {
    if (!repository.startsWith(prefix)) continue;
    const { tags } = await getJson(`${url}/v2/${repository}/tags/list`, headers);
    for (const tag of tags ?? []) {
      if (!(await isWhole(`${url}/v2/${repository}`, { digest: tag }, headers))) {
        broken.push(`${repository}:${tag}`);
      }
    }
  }
  return broken;
}

async function isWhole(repository, { digest, size }, headers) {
  const response = await fetch(`${repository}/manifests/${digest}`, { headers: { ...headers, accept } });
  const text = await response.text();
  if (!response.ok || (size !== undefined && Buffer.byteLength(text) !== size)) return false;
  const { manifests, config, layers } = JSON.parse(text);
  const children = await Promise.all((manifests ?? []).map((child) => isWhole(repository, child, headers)));
  const blobs = await Promise.all(
    [config, ...(layers ?? [])].flatMap((blob) => (blob ? hasBlob(repository, blob, headers) : [])),
  );
  return [...children, ...blobs].every(Boolean);
}

/** By its bytes: what a registry says of a blob's length is not what it gives. */
async function hasBlob(repository, { digest, size }, headers) {
  const response = await fetch(`${repository}/blobs/${digest}`, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  const hex = createHash("sha256").update(bytes).digest("hex");
  return response.ok && bytes.length === size && digest === `sha256:${hex}`;
}

async function getJson(url, headers) {
  const response = await fetch(url, { headers });
  return response.ok ? response.json() : {};
}
