import type { Repository } from "../../content/repository.ts";
import { isReportable } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { normalizePlatform, parsePlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { isTag } from "../../oci/reference.ts";
import { fillArchTag } from "../../oci/arch-tag.ts";
import { type ExistingEntry, type ExistingTag, findFault, type InspectLayer } from "./existing-tag.ts";
import { findManifest } from "../graph/find-manifest.ts";
import { resolveTags } from "../graph/resolve-tags.ts";

/** Platforms whose per-architecture tags another machine may be writing beside us. */
const usual: readonly Platform[] = [
  "amd64",
  "arm64",
  "arm/v7",
  "arm/v6",
  "arm/v5",
  "386",
  "ppc64le",
  "s390x",
  "riscv64",
  "loong64",
].map((word) => parsePlatform(`linux/${word}`));

export interface SiblingOptions {
  readonly archTag?: string;
  readonly inspectLayer: InspectLayer;
  readonly signal?: AbortSignal;
}

/** Per-architecture tags of a list and what they name. */
export type Siblings = ReadonlyMap<string, Digest>;

/** An entry that another machine lost. */
export interface LostEntry extends ExistingEntry {
  /** The entry for that platform that our write has put back, if any. */
  readonly outdated?: Digest;
}

/** What a tag named when this run first looked. */
export interface FirstLook {
  readonly existing: ExistingTag | undefined;
  /** Where one still names the same later, its being there says nothing. None where it could not be told. */
  readonly siblings: Siblings | undefined;
}

/** Reads a list's siblings; none where there is no list yet, since then all of them are on their way into it. */
export async function findSiblings(
  repository: Repository,
  tag: string,
  existing: ExistingTag | undefined,
  { archTag, signal }: SiblingOptions,
): Promise<Siblings | undefined> {
  if (!existing || archTag === undefined) return new Map();
  const present = existing.entries.map(({ platform }) => platform);
  return readSiblings(repository, listSiblings(tag, present, archTag), signal);
}

/**
 * Entries that another machine lost to our write (decision 11): its child's own tag has moved since this run first looked,
 * and the list that is now there does not have the platform, or has what it had then. `ours` is what this run brings.
 */
export async function findLostEntries(
  repository: Repository,
  tag: string,
  published: readonly Descriptor[],
  first: FirstLook,
  ours: readonly Platform[],
  options: SiblingOptions,
): Promise<LostEntry[]> {
  if (options.archTag === undefined || !first.siblings) return [];
  const entries = published.flatMap(({ platform, digest }) =>
    platform ? { platform: normalizePlatform(platform), digest } : [],
  );
  const listed = new Map(entries.map(({ platform, digest }) => [platformKey(platform), digest]));
  const before = new Map(
    first.existing?.entries.map(({ platform, descriptor }) => [platformKey(platform), descriptor.digest]),
  );
  const mine = new Set(ours.map(platformKey));
  const present = entries.map(({ platform }) => platform);
  const siblings = listSiblings(tag, present, options.archTag).filter(
    ({ platform }) => !mine.has(platformKey(platform)),
  );
  const now = await readSiblings(repository, siblings, options.signal);
  const lost: LostEntry[] = [];
  for (const { archTag, platform } of siblings) {
    const digest = now?.get(archTag);
    const outdated = listed.get(platformKey(platform));
    if (!digest || digest === first.siblings.get(archTag) || digest === outdated) continue;
    if (outdated && outdated !== before.get(platformKey(platform))) continue;
    const entry = await readSibling(repository, digest, platform, options);
    if (entry) lost.push({ ...entry, ...(outdated ? { outdated } : {}) });
  }
  return lost;
}

async function readSibling(
  repository: Repository,
  digest: Digest,
  platform: Platform,
  { inspectLayer, signal }: SiblingOptions,
): Promise<ExistingEntry | undefined> {
  const manifest = await findManifest(repository, digest, signal);
  if (manifest?.kind !== "manifest") return undefined;
  const entry = { descriptor: { ...manifest.descriptor, platform }, platform, manifest };
  return (await findFault(repository, entry, inspectLayer, signal)) ? undefined : entry;
}

interface Sibling {
  readonly archTag: string;
  readonly platform: Platform;
}

/** For the list's and all usual platforms; none where a tag says no platform, as `{tag}-{arch}` for arm's variants. */
function listSiblings(tag: string, present: readonly Platform[], template: string): Sibling[] {
  const platforms = new Map([...usual, ...present].map((platform) => [platformKey(platform), platform]));
  const siblings = [...platforms.values()].map((platform) => {
    return { archTag: fillArchTag(template, tag, platform), platform };
  });
  const tags = siblings.map(({ archTag }) => archTag);
  return siblings.filter(
    ({ archTag }) => isTag(archTag) && tags.indexOf(archTag) === tags.lastIndexOf(archTag),
  );
}

/** Not every registry lists tags to everybody; without it there is no telling, and the load goes on. */
async function readSiblings(
  repository: Repository,
  siblings: readonly Sibling[],
  signal?: AbortSignal,
): Promise<Siblings | undefined> {
  try {
    const tags = siblings.map(({ archTag }) => archTag);
    return await resolveTags(repository, tags, signal);
  } catch (error) {
    if (isReportable(error, signal)) return undefined;
    throw error;
  }
}
