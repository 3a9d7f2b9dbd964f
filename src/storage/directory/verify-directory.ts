import { createHash } from "node:crypto";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Digest, digestAlgorithm } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { checkDigest } from "../check-digest.ts";
import { checkManifestParts } from "../check-manifest-parts.ts";
import type { DirectoryStorage } from "./directory-storage.ts";
import { listDigests } from "../layout/layout-links.ts";

export interface VerifyReport {
  readonly blobs: number;
  /** Of all blobs together. */
  readonly bytes: number;
  readonly manifests: number;
  readonly tags: number;
  /** A sentence for each thing that is not as it should be. */
  readonly problems: readonly string[];
}

/** Told how much there is to read; gives back what counts the bytes of each blob. */
export type OnBlobs = (total: { readonly blobs: number; readonly bytes: number }) => ReadBlob;
type ReadBlob = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const readAsTheyAre: OnBlobs = () => (chunks) => chunks;

/** Reads a registry's directory from end to end: every blob against its digest, every list against what it names. */
export async function verifyDirectory(
  storage: DirectoryStorage,
  signal?: AbortSignal,
  onBlobs: OnBlobs = readAsTheyAre,
): Promise<VerifyReport> {
  const problems: string[] = [];
  const counts = { blobs: 0, bytes: 0, manifests: 0, tags: 0 };
  const digests = await listDigests(storage.files, storage.paths.blobs);
  const read = onBlobs({ blobs: digests.length, bytes: await sumSizes(storage, digests) });
  for (const digest of digests) {
    signal?.throwIfAborted();
    counts.blobs++;
    counts.bytes += await collect(problems, () => verifyBlob(read(storage.readBlob(digest)), digest), 0);
  }
  for await (const repository of storage.links.walkRepositories()) {
    problems.push(...(await findLost(storage, repository)));
  }
  for (const repository of await storage.listRepositories()) {
    for (const digest of await storage.listManifests(repository)) {
      counts.manifests++;
      await collect(problems, () => verifyManifest(storage, repository, digest), undefined);
    }
    for (const [tag, digest] of (await storage.listTags(repository)) ?? []) {
      counts.tags++;
      if ((await storage.readManifest(repository, digest)) === undefined) {
        problems.push(describeUnowned(repository, tag, digest));
      }
    }
  }
  return { ...counts, problems };
}

/** Blobs of a repository whose content is gone, and tags that are on nothing. */
async function findLost(storage: DirectoryStorage, repository: string): Promise<readonly string[]> {
  const { files, paths, links, tags } = storage;
  const lost: string[] = [];
  for (const digest of await links.listBlobs(repository)) {
    if ((await files.size(paths.blob(digest))) === undefined) {
      lost.push(`Repository "${repository}" lacks its blob "${digest}"`);
    }
  }
  for (const [tag, digest] of await tags.listDead(repository)) {
    lost.push(
      digest === undefined
        ? `Tag "${repository}:${tag}" is damaged`
        : describeUnowned(repository, tag, digest),
    );
  }
  return lost;
}

function describeUnowned(repository: string, tag: string, digest: Digest): string {
  return `Tag "${repository}:${tag}" is on "${digest}", which the repository does not own`;
}

async function collect<T>(problems: string[], verify: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    problems.push(error.message);
    return otherwise;
  }
}

async function sumSizes({ files, paths }: DirectoryStorage, digests: readonly Digest[]): Promise<number> {
  let bytes = 0;
  for (const digest of digests) bytes += (await files.size(paths.blob(digest))) ?? 0;
  return bytes;
}

async function verifyBlob(chunks: AsyncIterable<Uint8Array>, digest: Digest): Promise<number> {
  const hash = createHash(digestAlgorithm(digest));
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
  }
  checkDigest(hash, digest);
  return size;
}

async function verifyManifest(storage: DirectoryStorage, repository: string, digest: Digest): Promise<void> {
  const raw = await storage.readManifest(repository, digest);
  const what = `manifest "${digest}" of repository "${repository}"`;
  if (!raw) throw new AirgapError("MANIFEST_UNKNOWN", `Cannot read ${what}: its content is not there`);
  await checkManifestParts(storage, repository, parseManifest(raw.bytes, what, raw.descriptor.mediaType));
}
