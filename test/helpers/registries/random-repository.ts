import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { buildIndex, type ImageIndex, type Manifest, parseManifest } from "../../../src/oci/manifest.ts";
import { referrersTag } from "../../../src/oci/subject-tags.ts";
import type { ContentStorage } from "../../../src/storage/content-storage.ts";
import { storeBlob, storeImage } from "../archives/store-image.ts";

/** Numbers from 0 up to, and without, `below`, always the same for a seed. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export interface RandomRepository {
  /** Tags that people gave: not those of a list's images, nor those made of digests. */
  readonly named: readonly string[];
  readonly tags: ReadonlyMap<string, Digest>;
  readonly manifests: ReadonlyMap<Digest, Manifest | ImageIndex>;
}

const architectures = ["amd64", "arm64", "s390x", "ppc64le", "riscv64", "386", "loong64", "arm"];

/**
 * Fills a repository at random: images that several lists share, lists in lists, several tags on one digest, tags for the images
 * of a list, cosign's tags, referrers and referrers of referrers, with the tag that lists them where `listsReferrers` is false.
 */
export async function fillRepository(
  storage: ContentStorage,
  repository: string,
  random: Random,
  listsReferrers: boolean,
): Promise<RandomRepository> {
  const manifests = new Map<Digest, Manifest | ImageIndex>();
  const tags = new Map<string, Digest>();
  const named: string[] = [];
  const some = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  const put = async (manifest: Manifest | ImageIndex, tag?: string): Promise<void> => {
    await storage.writeManifest(repository, manifest, tag);
    manifests.set(manifest.descriptor.digest, manifest);
    if (tag !== undefined) tags.set(tag, manifest.descriptor.digest);
  };
  const images: Manifest[] = [];
  for (let i = 0; i < 3 + random(5); i++) images.push(await storeImage(storage, repository, `image ${i}`));
  const lists: ImageIndex[] = [];
  for (let i = 0; i < 1 + random(5); i++) {
    const chosen = images.filter(() => random(3) > 0);
    const children = chosen.map(({ descriptor }, at) => ({
      ...descriptor,
      platform: { os: "linux", architecture: architectures[at] ?? "mips" },
    }));
    const nested = lists.length > 0 && random(3) === 0 ? [some(lists).descriptor] : [];
    const list = buildIndex("oci", [...children, ...nested], new Map([["number", String(i)]]));
    lists.push(list);
    named.push(`${i}.0`);
    await put(list, `${i}.0`);
    for (const { digest, platform } of random(2) ? children : []) {
      await put(
        manifests.get(digest) ?? (images.find((image) => image.descriptor.digest === digest) as Manifest),
        `${i}.0-${platform.architecture}`,
      );
    }
    if (random(3) === 0) {
      named.push(`alias-${i}`);
      await put(list, `alias-${i}`);
    }
  }
  for (const image of images) {
    if (random(3) === 0) {
      const tag = `single-${images.indexOf(image)}`;
      named.push(tag);
      await put(image, tag);
    }
  }
  for (const image of images) {
    if (isReached(image, lists, tags)) manifests.set(image.descriptor.digest, image);
  }
  const referring = new Map<Digest, Manifest[]>();
  for (let i = 0; i < random(8); i++) {
    const subject = some([...manifests.values()]);
    if (random(2) === 0) {
      const suffix = some(["sig", "att", "sbom"]);
      const tag = `${referrersTag(subject.descriptor.digest)}.${suffix}`;
      if (!tags.has(tag)) {
        const signature = await storeImage(storage, repository, `signature ${i}`);
        await put(signature, tag);
      }
      continue;
    }
    const referrer = await makeReferrer(storage, repository, subject, i);
    await put(referrer);
    referring.set(subject.descriptor.digest, [...(referring.get(subject.descriptor.digest) ?? []), referrer]);
  }
  if (!listsReferrers) {
    for (const [subject, referrers] of referring) {
      await put(
        buildIndex(
          "oci",
          referrers.map(({ descriptor }) => descriptor),
          new Map([["of", subject]]),
        ),
        referrersTag(subject),
      );
    }
  }
  return { named, tags, manifests };
}

function isReached(
  image: Manifest,
  lists: readonly ImageIndex[],
  tags: ReadonlyMap<string, Digest>,
): boolean {
  const { digest } = image.descriptor;
  return (
    [...tags.values()].includes(digest) ||
    lists.some(({ manifests }) => manifests.some((child) => child.digest === digest))
  );
}

async function makeReferrer(
  storage: ContentStorage,
  repository: string,
  subject: Manifest | ImageIndex,
  number: number,
): Promise<Manifest> {
  const content = `statement ${number}`;
  const blob = {
    mediaType: "application/x-statement",
    digest: await storeBlob(storage, repository, content),
    size: content.length,
  };
  const { mediaType, digest, size } = subject.descriptor;
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/x-statement",
    config: {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: await storeBlob(storage, repository, "{}"),
      size: 2,
    },
    layers: [blob],
    subject: { mediaType, digest, size },
  });
  return parseManifest(Buffer.from(text), `referrer ${digestOf(text)}`) as Manifest;
}

/** What some digests need to stay whole and known: all that they name, and all that refers to any of it. Worked out anew for tests. */
export function needsOf(
  { tags, manifests }: Pick<RandomRepository, "tags" | "manifests">,
  roots: Iterable<Digest>,
): { all: Set<Digest>; reached: Set<Digest> } {
  const all = new Set(roots);
  const reached = new Set<Digest>();
  for (let size = -1; size !== all.size;) {
    size = all.size;
    for (const [digest, manifest] of manifests) {
      const isOf = (tag: string): boolean =>
        [...all].some((kept) => tag === referrersTag(kept) || tag.startsWith(`${referrersTag(kept)}.`));
      const refersByTag = [...tags].some(([tag, named]) => named === digest && isOf(tag));
      if ((manifest.subject && all.has(manifest.subject.digest)) || refersByTag) reached.add(digest);
      if (all.has(digest) && manifest.kind === "index") {
        for (const child of manifest.manifests) reached.add(child.digest);
      }
    }
    for (const digest of reached) all.add(digest);
  }
  return { all, reached };
}
