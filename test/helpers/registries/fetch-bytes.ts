const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** The digest that a registry without TLS gives for `rancher/pause:3.1`, or undefined where it has no such tag. */
export async function fetchDigest(host: string, name: string): Promise<string | undefined> {
  const [repository, tag] = name.split(":");
  const url = `http://${host}/v2/${repository}/manifests/${tag}`;
  const response = await fetch(url, { method: "HEAD", headers: { accept: manifestTypes } });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`HEAD ${url}: ${response.status}`);
  return response.headers.get("docker-content-digest") ?? undefined;
}

/** The tags of a repository, sorted; none where there is no such repository. */
export async function fetchTags(host: string, repository: string): Promise<readonly string[]> {
  const response = await fetch(`http://${host}/v2/${repository}/tags/list`);
  if (response.status === 404) return [];
  const { tags } = (await response.json()) as { tags: string[] | null };
  return (tags ?? []).sort();
}

export function fetchManifest(host: string, repository: string, reference: string): Promise<Buffer> {
  return fetchBytes(`http://${host}/v2/${repository}/manifests/${reference}`);
}

export function fetchBlob(host: string, repository: string, digest: string): Promise<Buffer> {
  return fetchBytes(`http://${host}/v2/${repository}/blobs/${digest}`);
}

async function fetchBytes(url: string): Promise<Buffer> {
  const response = await fetch(url, { headers: { accept: manifestTypes } });
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
