import { readFileSync } from "node:fs";

const samples = new URL("../../samples/", import.meta.url);
const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * Names of sample archives under which a registry does not have the images that another program has found in them: told from
 * samples/expected.json, since what the program under test says of itself is no witness.
 */
export async function findMissingImages(url, archives, prefix) {
  const expected = JSON.parse(readFileSync(new URL("expected.json", samples), "utf8"));
  const missing = new Set();
  for (const { names, diffIDs } of archives.flatMap((archive) => expected[archive])) {
    for (const name of names) {
      const [, repository, tag] = /^docker\.io\/(.*):(.*)$/.exec(name);
      const path = prefix ? `${prefix}/${repository}` : repository;
      const found = await listImages(`${url}/v2/${path}`, tag);
      if (!found.includes(diffIDs.join(" "))) missing.add(name);
    }
  }
  return [...missing];
}

/** By their diffIDs: configs that say another architecture than their binaries have are repaired. */
async function listImages(repository, reference) {
  const response = await fetch(`${repository}/manifests/${reference}`, { headers: { accept } });
  if (!response.ok) return [];
  const { manifests, config } = await response.json();
  if (config) {
    const { rootfs } = await (await fetch(`${repository}/blobs/${config.digest}`)).json();
    return [rootfs.diff_ids.join(" ")];
  }
  const children = await Promise.all(manifests.map(({ digest }) => listImages(repository, digest)));
  return children.flat();
}
