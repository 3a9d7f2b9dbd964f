const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Tags of a registry whose manifest, or a child, config or layer of it, is not there. */
export async function findBrokenTags(url) {
  const broken = [];
  for (const repository of (await getJson(`${url}/v2/_catalog?n=1000`)).repositories ?? []) {
    const { tags } = await getJson(`${url}/v2/${repository}/tags/list`);
    for (const tag of tags ?? []) {
      if (!(await isWhole(`${url}/v2/${repository}`, tag))) broken.push(`${repository}:${tag}`);
    }
  }
  return broken;
}

async function isWhole(repository, reference) {
  const response = await fetch(`${repository}/manifests/${reference}`, { headers: { accept } });
  if (!response.ok) return false;
  const { manifests, config, layers } = await response.json();
  const children = await Promise.all((manifests ?? []).map(({ digest }) => isWhole(repository, digest)));
  const blobs = await Promise.all(
    [config, ...(layers ?? [])].flatMap((blob) => (blob ? hasBlob(repository, blob) : [])),
  );
  return [...children, ...blobs].every(Boolean);
}

async function hasBlob(repository, { digest }) {
  return (await fetch(`${repository}/blobs/${digest}`, { method: "HEAD" })).ok;
}

async function getJson(url) {
  const response = await fetch(url);
  return response.ok ? response.json() : {};
}
