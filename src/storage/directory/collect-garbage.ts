import { groupBy } from "../../content/group-by.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest, partsOf } from "../../oci/manifest.ts";
import type { DirectoryStorage } from "./directory-storage.ts";
import { listDigests } from "../layout/layout-links.ts";
import { sweepUnfinished } from "../layout/unfinished-files.ts";
import { reachContent } from "./reach-content.ts";

export interface GarbageOptions {
  /** Also takes manifests that no tag, no tagged list and no kept subject leads to. */
  readonly untagged?: boolean;
  /** What is younger than so many milliseconds stays, since a push may be about to name it. Default one hour. */
  readonly grace?: number;
  readonly now?: number;
  /** Told how many repositories were looked at, and then how many of the blobs. */
  readonly onProgress?: (done: number, noun: "repository" | "blob", total?: number) => void;
  readonly signal?: AbortSignal;
}

export interface GarbageReport {
  readonly manifests: number;
  /** Files removed, those of manifests included. */
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Removes what nothing refers to any more; never done unasked. A manifest's children and blobs stay as long as it does,
 * tagged or not, and so does everything that other tools have entered in `index.json`. It may run beside any number of
 * writers: what it finds unwanted is taken away first and removed only if nobody has touched it for the time of grace;
 * whoever refers to something touches it after that, and sees whether it is still there.
 */
export async function collectGarbage(
  storage: DirectoryStorage,
  options: GarbageOptions = {},
): Promise<GarbageReport> {
  const before = (options.now ?? Date.now()) - (options.grace ?? 3_600_000);
  await sweepUnfinished(storage.files, storage.paths.uploads, before);
  const kept = new Set<Digest>();
  let manifests = 0;
  let repositories = 0;
  for await (const repository of storage.links.walkRepositories()) {
    manifests += await collectManifests(storage, repository, before, options.untagged ?? false);
    await storage.tags.forgetDead(repository);
    for (const digest of await collectBlobLinks(storage, repository, before)) kept.add(digest);
    options.onProgress?.(++repositories, "repository");
    options.signal?.throwIfAborted();
  }
  for (const digest of await reachContent(storage, await storage.tags.readForeign())) kept.add(digest);
  const removed = await removeBlobs(storage, kept, before, options);
  await storage.files.write(storage.paths.collected, "");
  return { manifests, ...removed };
}

async function collectManifests(
  storage: DirectoryStorage,
  repository: string,
  before: number,
  untagged: boolean,
): Promise<number> {
  if (!untagged) return 0;
  const all = await readManifests(storage, repository);
  const wanted = await findWanted(storage, repository, all);
  const unwanted = [...all.keys()].filter((digest) => !wanted.has(digest));
  const taken = await takeOld(
    storage,
    unwanted.map((digest) => storage.paths.manifestLink(repository, digest)),
    before,
  );
  return taken.count;
}

/** Takes links of blobs that no manifest names, and gives the digests of all that the repository owns still. */
async function collectBlobLinks(
  storage: DirectoryStorage,
  repository: string,
  before: number,
): Promise<readonly Digest[]> {
  const { links, paths } = storage;
  const used = findUsed([...(await readManifests(storage, repository)).values()]);
  const unused = (await links.listBlobs(repository)).filter((digest) => !used.has(digest));
  await takeOld(
    storage,
    unused.map((digest) => paths.blobLink(repository, digest)),
    before,
  );
  return [...(await links.listManifests(repository)), ...(await links.listBlobs(repository))];
}

type Manifests = ReadonlyMap<Digest, Manifest | ImageIndex>;

async function readManifests(storage: DirectoryStorage, repository: string): Promise<Manifests> {
  const manifests = new Map<Digest, Manifest | ImageIndex>();
  for (const digest of await storage.listManifests(repository)) {
    const raw = await storage.readManifest(repository, digest);
    if (raw) {
      manifests.set(digest, parseManifest(raw.bytes, `manifest "${digest}"`, raw.descriptor.mediaType));
    }
  }
  return manifests;
}

/** What tags lead to, and whatever has one of those as its subject. */
async function findWanted(
  storage: DirectoryStorage,
  repository: string,
  all: Manifests,
): Promise<Set<Digest>> {
  const wanted = new Set<Digest>();
  const referrers = groupBy(all.keys(), (digest) => all.get(digest)?.subject?.digest);
  const queue = [...((await storage.listTags(repository))?.values() ?? [])];
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    if (wanted.has(digest)) continue;
    wanted.add(digest);
    const manifest = all.get(digest);
    if (manifest?.kind === "index") queue.push(...manifest.manifests.map((child) => child.digest));
    queue.push(...(referrers.get(digest) ?? []));
  }
  return wanted;
}

function findUsed(manifests: readonly (Manifest | ImageIndex)[]): Set<Digest> {
  const blobs = manifests.flatMap((manifest) =>
    manifest.kind === "manifest" ? [manifest.config, ...manifest.layers] : partsOf(manifest).blobs,
  );
  return new Set(blobs.map((blob) => blob.digest));
}

async function removeBlobs(
  storage: DirectoryStorage,
  kept: ReadonlySet<Digest>,
  before: number,
  { onProgress, signal }: GarbageOptions,
): Promise<{ blobs: number; bytes: number }> {
  const all = await listDigests(storage.files, storage.paths.blobs);
  const unwanted = all.filter((digest) => !kept.has(digest)).map((digest) => storage.paths.blob(digest));
  const removed = { blobs: 0, bytes: 0 };
  for (const [at, path] of unwanted.entries()) {
    signal?.throwIfAborted();
    const { count, bytes } = await takeOld(storage, [path], before);
    removed.blobs += count;
    removed.bytes += bytes;
    onProgress?.(at + 1, "blob", unwanted.length);
  }
  return removed;
}

/** Removes files that nobody has touched since a time in milliseconds; looked at again once they are taken away. */
async function takeOld(
  { files }: DirectoryStorage,
  paths: readonly string[],
  before: number,
): Promise<{ count: number; bytes: number }> {
  const removed = { count: 0, bytes: 0 };
  const isOld = async (path: string): Promise<boolean> => {
    const stats = await files.stat(path);
    return stats !== undefined && stats.mtimeMs < before;
  };
  for (const path of paths) {
    const size = (await files.size(path)) ?? 0;
    if (!(await isOld(path)) || !(await files.take(path, isOld))) continue;
    removed.count++;
    removed.bytes += size;
  }
  return removed;
}
