import { titleTarget } from "../report/target-name.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { families } from "../../oci/media-type.ts";
import { convertList } from "../load/list-family.ts";
import type { Repository } from "../../content/repository.ts";
import { matchPlatforms } from "../../oci/match-platforms.ts";
import { comparePlatforms, type Platform, platformKey, unknownPlatform } from "../../oci/platform.ts";
import { type ExistingEntry, type ExistingTag, readExistingTag } from "../load/existing-tag.ts";
import type { PlannedIndex } from "../plan/choose-root.ts";
import { findNearestTag } from "../../content/find-nearest-tag.ts";
import { resolveSurely } from "../graph/resolve-surely.ts";
import { makesTags } from "../graph/tag-children.ts";
import { verifySigned } from "./verify-signed.ts";
import { verifyIndex } from "./verify-index.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { TargetName } from "../report/target-name.ts";
import type { StartedCheck, VerifiedList } from "./verified-list.ts";
import type { ImageParts } from "../report/events.ts";
import { isReadable, type VerifiedImage, verifyImage, type VerifyOptions } from "./verify-image.ts";

/** What is to be found in the registry. */
export interface ExpectedList {
  /** As people write it, for the list of what failed. */
  readonly source: string;
  readonly target: TargetName;
  /** The images of the archives, where archives were given. */
  readonly entries: readonly PlannedEntry[];
  /** The archives' own index, where they have all of it. */
  readonly verbatim?: PlannedIndex | undefined;
  /** Digests by which it is asked for. */
  readonly pins: readonly Digest[];
}

/**
 * Reads a list, to check it and each of its images; every platform that is wanted, or that an archive brings, must be among
 * them.
 */
export async function startList(
  expected: ExpectedList,
  wanted: readonly Platform[],
  repository: Repository,
  options: VerifyOptions,
): Promise<StartedCheck> {
  const existing = await readExistingTag(repository, expected.target.tag, options.signal);
  return {
    parts: measureLayers(options.inspectLayer ? (existing?.entries ?? []) : []),
    finish: () => verifyList(expected, existing, wanted, repository, options),
  };
}

async function verifyList(
  { source, target, entries, pins, ...expected }: ExpectedList,
  existing: ExistingTag | undefined,
  wanted: readonly Platform[],
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedList> {
  const title = titleTarget(repository.title, target.tag);
  const found = existing?.entries ?? [];
  const verbatim = await findIndex({ entries, ...expected }, existing?.descriptor.digest);
  const images: VerifiedImage[] = [];
  const signed = existing && (await verifySigned(source, existing, repository, options));
  for (const entry of found) {
    const image = await verifyEntry(entry, findExpected(entry, entries), existing, repository, options);
    images.push({
      ...image,
      problems: [...image.problems, ...(signed?.problems.get(entry) ?? [])],
      notes: [...image.notes, ...(signed?.notes ?? [])],
    });
  }
  const missing = listMissing(found, [...wanted, ...entries.map(({ image }) => image.platform)]);
  const reason = existing
    ? "the list has no such image"
    : await sayAbsent(repository, target.tag, options.signal);
  for (const platform of missing) images.push({ platform, problems: [reason], notes: [] });
  if (!existing && images.length === 0) {
    images.push({ platform: unknownPlatform, problems: [reason], notes: [] });
  }
  if (verbatim) {
    images.push(...(await verifyIndex(verbatim, pins, existing?.descriptor.digest, repository, options)));
  }
  images.sort((a, b) => comparePlatforms(a.platform, b.platform));
  return {
    source,
    title,
    ...(existing ? { digest: existing.descriptor.digest } : {}),
    ...(signed ? { signatures: signed.signatures } : {}),
    images,
  };
}

async function sayAbsent(repository: Repository, tag: string, signal: AbortSignal): Promise<string> {
  if (isDigest(tag)) return "it is not there";
  const nearest = await findNearestTag(repository, tag, signal);
  return nearest === undefined ? "there is no such tag" : `there is no such tag, the nearest is ${nearest}`;
}

/** What is read of images: an image that shares a layer with another one reads it again. */
function measureLayers(entries: readonly ExistingEntry[]): ImageParts {
  const layers = entries.flatMap(({ manifest }) => manifest?.layers.filter(isReadable) ?? []);
  return { blobs: layers.length, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
}

/** An image of a list, and its own tag, which garbage collection may need; what is under its name itself has none. */
async function verifyEntry(
  entry: ExistingEntry,
  expected: PlannedEntry | undefined,
  existing: ExistingTag | undefined,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedImage> {
  const verified = await verifyImage(entry, expected, repository, options);
  if (expected?.archTag === undefined || !existing?.list) return verified;
  if (!options.archTags || !(await makesTags(repository, options.archTags))) return verified;
  const tagged = await resolveSurely(repository, expected.archTag, options.signal);
  if (tagged?.digest === entry.descriptor.digest) return verified;
  const problem = tagged
    ? `its tag ${expected.archTag} names another`
    : `its tag ${expected.archTag} is not there`;
  return { ...verified, problems: [...verified.problems, problem] };
}

/** The archives' own index, or what a load makes of it for a registry that refuses its media types. */
async function findIndex(
  list: Pick<ExpectedList, "entries" | "verbatim">,
  there: Digest | undefined,
): Promise<PlannedIndex | undefined> {
  for (const family of families) {
    const { verbatim } = (await convertList(list, family)).list;
    if (verbatim && verbatim.index.descriptor.digest === there) return verbatim;
  }
  return list.verbatim;
}

function findExpected(
  { platform }: ExistingEntry,
  entries: readonly PlannedEntry[],
): PlannedEntry | undefined {
  const key = platformKey(platform);
  return entries.find(({ image }) => platformKey(image.platform) === key);
}

function listMissing(found: readonly ExistingEntry[], wanted: readonly Platform[]): Platform[] {
  const lacking = wanted.filter((platform) => matchPlatforms(platform, found).length === 0);
  return [...new Map(lacking.map((platform) => [platformKey(platform), platform])).values()];
}
