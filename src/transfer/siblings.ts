import type { Repository } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parsePlatform, type Platform, platformKey } from "../oci/platform.ts";
import { isTag } from "../oci/reference.ts";
import { fillArchTag } from "./arch-tag.ts";
import { type ExistingEntry, type ExistingTag, findFault, type InspectLayer } from "./existing-tag.ts";
import { findManifest } from "./find-manifest.ts";

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

/**
 * Per-architecture tags that are there while the list does not have their platform: left over from earlier, so their
 * presence later does not mean that somebody's entry was lost.
 */
export async function findStaleSiblings(
  repository: Repository,
  tag: string,
  existing: ExistingTag | undefined,
  options: SiblingOptions,
): Promise<ReadonlySet<string>> {
  if (!existing || options.archTag === undefined) return new Set();
  const tags = await listTags(repository, options.signal);
  const present = existing.entries.map(({ platform }) => platform);
  const absent = listAbsent(tag, present, options.archTag).map(({ archTag }) => archTag);
  return new Set(absent.filter((archTag) => tags.has(archTag)));
}

/**
 * Entries that another machine lost to our write: its child has a per-architecture tag and is what that says, and the
 * list that is now there does not name it (decision 11).
 */
export async function findLostEntries(
  repository: Repository,
  tag: string,
  published: readonly Descriptor[],
  stale: ReadonlySet<string>,
  options: SiblingOptions,
): Promise<ExistingEntry[]> {
  if (options.archTag === undefined) return [];
  const platforms = published.flatMap(({ platform }) => platform ?? []);
  const suspects = listAbsent(tag, platforms, options.archTag).filter(({ archTag }) => !stale.has(archTag));
  const tags = await listTags(repository, options.signal);
  const lost: ExistingEntry[] = [];
  for (const { archTag, platform } of suspects.filter((suspect) => tags.has(suspect.archTag))) {
    const manifest = await findManifest(repository, archTag, options.signal);
    if (manifest?.kind !== "manifest") continue;
    const entry = { descriptor: { ...manifest.descriptor, platform }, platform, manifest };
    if (!(await findFault(repository, entry, options.inspectLayer, options.signal))) lost.push(entry);
  }
  return lost;
}

/** Usual platforms that are not there, with their tags; none where a tag says no platform, as `{tag}-{arch}` for arm's variants. */
function listAbsent(
  tag: string,
  present: readonly Platform[],
  template: string,
): { archTag: string; platform: Platform }[] {
  const have = new Set(present.map(platformKey));
  const absent = usual.filter((platform) => !have.has(platformKey(platform)));
  const tags = [...present, ...absent].map((platform) => fillArchTag(template, tag, platform));
  return absent
    .map((platform) => ({ platform, archTag: fillArchTag(template, tag, platform) }))
    .filter(({ archTag }) => isTag(archTag) && tags.indexOf(archTag) === tags.lastIndexOf(archTag));
}

/** Not every registry lists tags to everybody; without it there is no telling, and the load goes on. */
async function listTags(repository: Repository, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  try {
    return new Set(await repository.listTags(signal));
  } catch (error) {
    if (error instanceof AirgapError && !signal?.aborted) return new Set();
    throw error;
  }
}
