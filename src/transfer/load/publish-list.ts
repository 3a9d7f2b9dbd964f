import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { ImageIndex } from "../../oci/manifest.ts";
import { formatPlatform, platformKey } from "../../oci/platform.ts";
import { type ExistingEntry, type ExistingTag, readExistingTag } from "./existing-tag.ts";
import { buildList, mergeEntries } from "./merge-list.ts";
import { readBack } from "../graph/read-back.ts";
import type { ListReport } from "../report/report.ts";
import { reportList } from "./report-list.ts";
import { findLostEntries, type LostEntry } from "./siblings.ts";
import { isVerbatim, keepEntries, warnOfList } from "./keep-entries.ts";
import type { Format } from "./manifest-format.ts";
import type { PublishOptions, StagedList } from "./staged-list.ts";

/** How often a list is written again because somebody else wrote it meanwhile. */
const maxRounds = 5;

/**
 * Moves the tag to the list, after all that it names. Registries have no compare-and-swap, so the tag is read again right
 * before and after the write, and what others put there in between is merged back (decision 11). At the end what
 * clients will read is read back.
 */
export async function publishList(staged: StagedList, options: PublishOptions): Promise<ListReport> {
  const { list, repository } = staged;
  const before = await refresh(repository, list.target.tag, staged.first.existing, options.signal);
  let existing = before;
  let lost: readonly LostEntry[] = [];
  for (let round = 0; round < maxRounds; round++) {
    if (round > 0) existing = await refresh(repository, list.target.tag, existing, options.signal);
    const kept = unite(await keepEntries(staged, existing, options), lost);
    const published = composeList(staged, kept, options.format);
    if (existing?.descriptor.digest === published.descriptor.digest)
      return finish(staged, before, kept, published, options);
    warnOfList(staged, findMixture(staged, existing, kept), options);
    await pushList(staged, published, options.signal);
    lost = await findOthersLosses(staged, published, options);
    const now = await repository.resolve(list.target.tag, options.signal);
    if (lost.length === 0 && now?.digest === published.descriptor.digest)
      return finish(staged, before, kept, published, options);
  }
  throw new AirgapError(
    "LIST_UNSTABLE",
    `Cannot settle "${repository.title}:${list.target.tag}": others wrote it ${maxRounds} times meanwhile`,
    {
      exit: "gaveUp",
      hint: "Run this load again when the others are done: it changes only what is missing.",
    },
  );
}

async function refresh(
  repository: Repository,
  tag: string,
  known: ExistingTag | undefined,
  signal?: AbortSignal,
): Promise<ExistingTag | undefined> {
  const now = await repository.resolve(tag, signal);
  return now?.digest === known?.descriptor.digest ? known : readExistingTag(repository, tag, signal);
}

/** What was lost goes in again, unless somebody has put a newer one there since. */
function unite(kept: readonly ExistingEntry[], lost: readonly LostEntry[]): ExistingEntry[] {
  const entries = new Map(kept.map((entry) => [platformKey(entry.platform), entry]));
  for (const entry of lost) {
    const there = entries.get(platformKey(entry.platform));
    if (!there || there.descriptor.digest === entry.outdated) entries.set(platformKey(entry.platform), entry);
  }
  return [...entries.values()];
}

function composeList(
  { list, pushed }: StagedList,
  kept: readonly ExistingEntry[],
  format: Format,
): ImageIndex {
  if (list.verbatim && isVerbatim(list, kept)) return list.verbatim.index;
  const ours = [...pushed].map(([{ image }, { descriptor }]) => ({ platform: image.platform, descriptor }));
  return buildList(mergeEntries(kept, ours), format === "auto" ? undefined : format);
}

/** Moves the tag; a registry that knows no lists, as Harbor 1.x, has the per-architecture tags already. */
async function pushList(
  { list, repository }: StagedList,
  published: ImageIndex,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await repository.pushManifest(list.target.tag, published, signal);
  } catch (error) {
    if (!(error instanceof AirgapError) || error.code !== "MEDIA_TYPE_REFUSED") throw error;
    const archTags = list.entries.flatMap(({ archTag }) => archTag ?? []).join(", ");
    const there = archTags ? `; its images are there, as ${archTags}` : "";
    throw new AirgapError(error.code, `${error.message}${there}`, {
      exit: "partial",
      hint: error.hint ?? "The registry takes no multi-arch lists: update it, or pull by those tags.",
      cause: error,
    });
  }
}

async function findOthersLosses(
  { repository, list, first }: StagedList,
  published: ImageIndex,
  options: PublishOptions,
): Promise<readonly LostEntry[]> {
  if (options.onExisting !== "merge") return [];
  const ours = list.entries.map(({ image }) => image.platform);
  return findLostEntries(repository, list.target.tag, published.manifests, first, ours, options);
}

/** A list half of this load and half of an older one is lawful and rarely what was meant (decision 9). */
function findMixture(
  staged: StagedList,
  existing: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
): string[] {
  const replaced = [...staged.pushed].filter(([{ image }, manifest]) => {
    const before = existing?.entries.find(
      ({ platform }) => platformKey(platform) === platformKey(image.platform),
    );
    return before && before.descriptor.digest !== manifest.descriptor.digest;
  });
  if (replaced.length === 0 || kept.length === 0) return [];
  const fresh = replaced.map(([{ image }]) => formatPlatform(image.platform)).join(", ");
  const old = kept.map(({ platform }) => formatPlatform(platform)).join(", ");
  return [
    `mixed: ${fresh} replaced, ${old} kept from before; load all platforms, or give --on-existing replace`,
  ];
}

async function finish(
  staged: StagedList,
  before: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
  published: ImageIndex,
  options: PublishOptions,
): Promise<ListReport> {
  await readBack(staged.repository, staged.list.target.tag, published, options);
  return reportList(staged, before, kept, published);
}
