import type { Repository } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseManifest } from "../oci/manifest.ts";
import { parsePlatform, type Platform, platformKey } from "../oci/platform.ts";
import { buildArchTag } from "./arch-tag.ts";
import type { ExistingEntry, ExistingTag } from "./existing-tag.ts";

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
  return new Set(
    candidates(
      tag,
      existing.entries.map(({ platform }) => platform),
      options.archTag,
    )
      .filter(({ archTag }) => tags.has(archTag))
      .map(({ archTag }) => archTag),
  );
}

/**
 * Entries that another machine lost to our write: its child has a per-architecture tag, and the list that is now there
 * does not name it (decision 11).
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
  const suspects = candidates(tag, platforms, options.archTag).filter(({ archTag }) => !stale.has(archTag));
  const tags = await listTags(repository, options.signal);
  const lost: ExistingEntry[] = [];
  for (const { archTag, platform } of suspects.filter((suspect) => tags.has(suspect.archTag))) {
    const raw = await repository.fetchManifest(archTag, options.signal);
    const manifest =
      raw && parseManifest(raw.bytes, `"${repository.title}:${archTag}"`, raw.descriptor.mediaType);
    if (manifest?.kind === "manifest")
      lost.push({ descriptor: { ...manifest.descriptor, platform }, platform, manifest });
  }
  return lost;
}

function candidates(
  tag: string,
  present: readonly Platform[],
  template: string,
): { archTag: string; platform: Platform }[] {
  const have = new Set(present.map(platformKey));
  return usual
    .filter((platform) => !have.has(platformKey(platform)))
    .map((platform) => ({ platform, archTag: buildArchTag(template, tag, platform) }));
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
