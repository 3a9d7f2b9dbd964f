import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import { matchPlatforms } from "../../oci/match-platforms.ts";
import { comparePlatforms, type Platform, platformKey, unknownPlatform } from "../../oci/platform.ts";
import { type ExistingEntry, readExistingTag } from "../load/existing-tag.ts";
import type { PlannedEntry } from "../plan/plan.ts";
import type { TargetName } from "../report/target-name.ts";
import { type VerifiedImage, verifyImage, type VerifyOptions } from "./verify-image.ts";

/** What is to be found in the registry. */
export interface ExpectedList {
  /** As people write it, for the list of what failed. */
  readonly source: string;
  readonly target: TargetName;
  /** The images of the archives, where archives were given. */
  readonly entries: readonly PlannedEntry[];
}

export interface VerifiedList {
  readonly source: string;
  /** With the registry in front. */
  readonly title: string;
  /** Of the list; none where there is no such tag. */
  readonly digest?: Digest;
  readonly images: readonly VerifiedImage[];
}

/** Checks a list and each of its images; every platform that is wanted, or that an archive brings, must be among them. */
export async function verifyList(
  { source, target, entries }: ExpectedList,
  wanted: readonly Platform[],
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifiedList> {
  const title = `${repository.title}:${target.tag}`;
  const existing = await readExistingTag(repository, target.tag, options.signal);
  const found = existing?.entries ?? [];
  const images: VerifiedImage[] = [];
  for (const entry of found)
    images.push(await verifyImage(entry, findExpected(entry, entries), repository, options));
  const missing = listMissing(found, [...wanted, ...entries.map(({ image }) => image.platform)]);
  const reason = existing ? "the list has no such image" : "there is no such tag";
  for (const platform of missing) images.push({ platform, problems: [reason], notes: [] });
  if (!existing && images.length === 0)
    images.push({ platform: unknownPlatform, problems: [reason], notes: [] });
  images.sort((a, b) => comparePlatforms(a.platform, b.platform));
  return { source, title, ...(existing ? { digest: existing.descriptor.digest } : {}), images };
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
