import { rm, stat } from "node:fs/promises";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { DirectoryStorage } from "./directory-storage.ts";
import { LayoutIndex } from "../layout/layout-index.ts";
import { listDigests, removeLink, walkRepositories } from "../layout/layout-links.ts";
import { withLayoutLock } from "../layout/layout-lock.ts";
import { reachContent } from "./reach-content.ts";

export interface GarbageOptions {
  /** Also takes manifests that no tag, no tagged list and no kept subject leads to. */
  readonly untagged?: boolean;
  /** What is younger than so many milliseconds stays, since a push may be about to name it. Default one hour. */
  readonly grace?: number;
  readonly now?: number;
}

export interface GarbageReport {
  readonly manifests: number;
  /** Files removed, those of manifests included. */
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Removes what nothing refers to any more; never done unasked. A manifest's children and blobs stay as long as it does,
 * tagged or not, and so does everything that other tools have entered in `index.json`.
 */
export function collectGarbage(
  storage: DirectoryStorage,
  options: GarbageOptions = {},
): Promise<GarbageReport> {
  const { paths } = storage;
  const before = (options.now ?? Date.now()) - (options.grace ?? 3_600_000);
  return withLayoutLock(paths.lock, async () => {
    const kept = new Set<Digest>();
    let manifests = 0;
    for await (const repository of walkRepositories(paths)) {
      const all = await readManifests(storage, repository);
      const wanted = options.untagged ? await findWanted(storage, repository, all) : new Set(all.keys());
      manifests += await removeLinks(
        all.keys(),
        (digest) => paths.manifestLink(repository, digest),
        wanted,
        before,
      );
      for (const digest of await storage.listManifests(repository)) kept.add(digest);
      const used = findUsed([...all.values()].filter(({ descriptor }) => kept.has(descriptor.digest)));
      const links = await listDigests(paths.blobLinks(repository));
      await removeLinks(links, (digest) => paths.blobLink(repository, digest), used, before);
      for (const digest of await listDigests(paths.blobLinks(repository))) kept.add(digest);
    }
    const { foreign } = await new LayoutIndex(paths).read();
    for (const digest of await reachContent(paths, foreign)) kept.add(digest);
    return { manifests, ...(await removeBlobs(storage, kept, before)) };
  });
}

type Manifests = ReadonlyMap<Digest, Manifest | ImageIndex>;

async function readManifests(storage: DirectoryStorage, repository: string): Promise<Manifests> {
  const manifests = new Map<Digest, Manifest | ImageIndex>();
  for (const digest of await storage.listManifests(repository)) {
    const raw = await storage.readManifest(repository, digest);
    if (raw)
      manifests.set(digest, parseManifest(raw.bytes, `manifest "${digest}"`, raw.descriptor.mediaType));
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
  const queue = [...((await storage.listTags(repository))?.values() ?? [])];
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    if (wanted.has(digest)) continue;
    wanted.add(digest);
    const manifest = all.get(digest);
    if (manifest?.kind === "index") queue.push(...manifest.manifests.map((child) => child.digest));
    for (const [other, { subject }] of all) if (subject?.digest === digest) queue.push(other);
  }
  return wanted;
}

function findUsed(manifests: readonly (Manifest | ImageIndex)[]): Set<Digest> {
  const blobs = manifests.flatMap((manifest) =>
    manifest.kind === "manifest" ? [manifest.config, ...manifest.layers] : [],
  );
  return new Set(blobs.map((blob) => blob.digest));
}

async function removeLinks(
  digests: Iterable<Digest>,
  pathOf: (digest: Digest) => string,
  keep: ReadonlySet<Digest>,
  before: number,
): Promise<number> {
  let removed = 0;
  for (const digest of digests) {
    const path = pathOf(digest);
    if (!keep.has(digest) && (await stat(path)).mtimeMs < before) removed += Number(await removeLink(path));
  }
  return removed;
}

async function removeBlobs(
  { paths }: DirectoryStorage,
  kept: ReadonlySet<Digest>,
  before: number,
): Promise<{ blobs: number; bytes: number }> {
  const removed = { blobs: 0, bytes: 0 };
  for (const digest of await listDigests(paths.blobs)) {
    const path = paths.blob(digest);
    const { size, mtimeMs } = await stat(path);
    if (kept.has(digest) || mtimeMs >= before) continue;
    await rm(path);
    removed.blobs++;
    removed.bytes += size;
  }
  return removed;
}
