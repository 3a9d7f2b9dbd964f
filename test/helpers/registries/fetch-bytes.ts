const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** The digest that a registry without TLS gives for `rancher/pause:3.1` or `rancher/pause@sha256:...`, or undefined where it has no such tag. */
export async function fetchDigest(host: string, name: string): Promise<string | undefined> {
  const url = manifestUrl(host, name);
  const response = await fetch(url, { method: "HEAD", headers: { accept: manifestTypes } });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`HEAD ${url}: ${response.status}`);
  return response.headers.get("docker-content-digest") ?? undefined;
}

/** Names, and the digest that stands under each, or the configs of the images there, which have no digest of their own. */
export type Contents = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a registry without TLS has under the names of what is wanted there, in the same form. */
export async function fetchContents(host: string, wanted: Contents, prefix = ""): Promise<Contents> {
  const found = Object.entries(wanted).map(async ([name, content]) => {
    const fetch = Array.isArray(content) ? fetchConfigs : fetchDigest;
    return [name, await fetch(host, prefix + name)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** The digests of the configs of the images that a name stands for, in the order of its list. */
async function fetchConfigs(host: string, name: string): Promise<string[]> {
  const { config, manifests = [] } = JSON.parse((await fetchBytes(manifestUrl(host, name))).toString()) as {
    config?: { digest: string };
    manifests?: { digest: string }[];
  };
  if (config) return [config.digest];
  const repository = name.replace(/[:@].*$/, "");
  const configs = manifests.map(({ digest }) => fetchConfigs(host, `${repository}@${digest}`));
  return (await Promise.all(configs)).flat();
}

function manifestUrl(host: string, name: string): string {
  const [, repository, reference] = /^([^:@]*)[:@](.*)$/.exec(name) ?? [];
  return `http://${host}/v2/${repository}/manifests/${reference}`;
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
