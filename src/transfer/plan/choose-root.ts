import type { SourceArtifact, SourceIndex } from "../../content/image-source.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { ImageIndex } from "../../oci/manifest.ts";
import { normalizePlatform, platformKey } from "../../oci/platform.ts";
import type { TargetName } from "../report/target-name.ts";
import type { PlannedEntry } from "./planned-image.ts";

/** An index of the archives that can go up byte for byte where all that it lists is there (decision 8). */
export interface PlannedIndex {
  readonly index: ImageIndex;
  /** What it lists beside images. */
  readonly attestations: readonly SourceArtifact[];
  /** What it lists and these archives do not have: the registry may. */
  readonly absent: readonly Descriptor[];
}

/**
 * The index that lists all of these images under their platforms: of several the one that is asked for by its digest, then
 * the one that lacks nothing, then the one that lists most. Archives that bring the same index are one source of it.
 */
export function chooseIndex(
  entries: readonly PlannedEntry[],
  pins: readonly Digest[],
): PlannedIndex | undefined {
  const fitting = [...offeredIndexes(entries).values()]
    .filter(([{ manifest }]) => {
      const listed = new Set(manifest.manifests.map(keyOf));
      return entries.every((entry) => isListed(entry, listed));
    })
    .map((offers) => joinOffers(offers, entries));
  const isPinned = ({ index }: PlannedIndex): boolean => pins.includes(index.descriptor.digest);
  fitting.sort(
    (a, b) =>
      Number(isPinned(b)) - Number(isPinned(a)) ||
      Number(a.absent.length > 0) - Number(b.absent.length > 0) ||
      b.index.manifests.length - a.index.manifests.length,
  );
  return fitting[0];
}

type Offers = [SourceIndex, ...SourceIndex[]];

function offeredIndexes(entries: readonly PlannedEntry[]): ReadonlyMap<Digest, Offers> {
  const offered = new Map<Digest, Offers>();
  for (const { image } of entries) {
    for (const index of [image.sourceImage.whole, image.sourceImage.index]) {
      if (!index) continue;
      const { digest } = index.manifest.descriptor;
      const known = offered.get(digest);
      if (known) known.push(index);
      else offered.set(digest, [index]);
    }
  }
  return offered;
}

function isListed({ image }: PlannedEntry, listed: ReadonlySet<string>): boolean {
  const { manifest } = image.sourceImage;
  if (!image.keepsManifest || !manifest) return false;
  return listed.has(keyOf({ digest: manifest.descriptor.digest, platform: image.platform }));
}

function keyOf({ digest, platform }: Pick<Descriptor, "digest" | "platform">): string {
  return `${digest} ${platform ? platformKey(normalizePlatform(platform)) : ""}`;
}

function joinOffers(offers: Offers, entries: readonly PlannedEntry[]): PlannedIndex {
  const [{ manifest: index }] = offers;
  const attestations = new Map<Digest, SourceArtifact>();
  for (const artifact of offers.flatMap((offer) => offer.attestations)) {
    attestations.set(artifact.manifest.descriptor.digest, artifact);
  }
  const there = new Set<Digest | undefined>([
    ...attestations.keys(),
    ...entries.map(({ image }) => image.sourceImage.manifest?.descriptor.digest),
  ]);
  const absent = index.manifests.filter(({ digest }) => !there.has(digest));
  return { index, attestations: [...attestations.values()], absent };
}

/**
 * Whether an image goes under its name as it is, without a list: it was alone under it, nothing is said of its architecture
 * but by itself, and its digest was promised (decision 6).
 */
export function isSingle(
  { tag }: TargetName,
  entries: readonly PlannedEntry[],
  pins: readonly Digest[],
): boolean {
  const [entry, ...others] = entries;
  if (!entry || others.length > 0 || !entry.image.keepsManifest) return false;
  const { given, sourceImage: image, platform } = entry.image;
  const isPinned = pins.some((pin) => pin === image.manifest?.descriptor.digest);
  if (isDigest(tag)) return isPinned;
  const { os, architecture } = normalizePlatform(image.config.platform);
  const isSelfEvident = os === platform.os && architecture === platform.architecture;
  return !given.flag && (isPinned || (!image.index && !image.whole)) && isSelfEvident;
}
