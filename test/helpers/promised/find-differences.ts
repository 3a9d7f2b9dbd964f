import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import type { Digest } from "../../../src/oci/digest.ts";
import { parseManifest, partsOf } from "../../../src/oci/manifest.ts";
import type { MemoryStorage } from "../../../src/storage/memory-storage.ts";
import { fetchBlob, fetchDigest, fetchManifest } from "../registries/fetch-bytes.ts";

/** What a registry does not have, or has otherwise, of all that another one keeps: manifests, tags, blobs and referrers. */
export async function findDifferences(source: MemoryStorage, host: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const repository of await source.listRepositories()) {
    for (const [tag, digest] of (await source.listTags(repository)) ?? []) {
      const there = await fetchDigest(host, `${repository}:${tag}`);
      if (there !== digest) found.push(`tag ${repository}:${tag} is ${there} instead of ${digest}`);
    }
    for (const digest of await source.listManifests(repository)) {
      found.push(...(await compareManifest(source, repository, digest, host)));
    }
  }
  return found;
}

async function compareManifest(
  source: MemoryStorage,
  repository: string,
  digest: Digest,
  host: string,
): Promise<readonly string[]> {
  const raw = await source.readManifest(repository, digest);
  if (!raw) throw new Error(`the source lists ${repository}@${digest} and does not have it`);
  const there = await fetchManifest(host, repository, digest).catch(() => undefined);
  if (!there?.equals(raw.bytes)) return [`manifest ${repository}@${digest}`];
  const manifest = parseManifest(raw.bytes, digest, raw.descriptor.mediaType);
  const found: string[] = [];
  for (const blob of partsOf(manifest).blobs) {
    const bytes = await buffer(Readable.from(source.readBlob(blob.digest)));
    const same = await fetchBlob(host, repository, blob.digest).catch(() => undefined);
    if (!same?.equals(bytes)) found.push(`blob ${blob.digest} of ${repository}@${digest}`);
  }
  const subject = manifest.subject?.digest;
  if (subject && !(await listReferrers(host, repository, subject)).includes(digest)) {
    found.push(`${repository}@${digest} as a referrer`);
  }
  return found;
}

/** What a registry lists as referring to a digest, by its interface or under the tag that stands in for it. */
export async function listReferrers(
  host: string,
  repository: string,
  digest: Digest,
): Promise<readonly Digest[]> {
  const answer = await fetch(`http://${host}/v2/${repository}/referrers/${digest}`);
  const bytes = answer.ok
    ? new Uint8Array(await answer.arrayBuffer())
    : await fetchManifest(host, repository, digest.replace(":", "-")).catch(() => undefined);
  const index = bytes && parseManifest(bytes, "list of referrers");
  return index?.kind === "index" ? index.manifests.map((child) => child.digest) : [];
}
