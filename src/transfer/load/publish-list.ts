import { AirgapError, isReportable } from "../../oci/airgap-error.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatPlatform, platformKey } from "../../oci/platform.ts";
import { checkListSigned } from "./check-signed.ts";
import { type ExistingEntry, type ExistingTag, readExistingTag } from "./existing-tag.ts";
import { titleTarget } from "../report/target-name.ts";
import { tagChildren, type TaggedChild } from "../graph/tag-children.ts";
import { pushInFamily } from "../format/family-refused.ts";
import { sayUnread } from "../format/say-unread.ts";
import { unlessHidden } from "../graph/unless-hidden.ts";
import { readBack } from "../graph/read-back.ts";
import type { ListReport } from "../report/report.ts";
import { reportList } from "./report-list.ts";
import { findLostEntries, type LostEntry } from "./siblings.ts";
import { composeRoot } from "./compose-root.ts";
import { keepEntries, warnOfList } from "./keep-entries.ts";
import { pushChildren } from "./stage-list.ts";
import type { PublishOptions, StagedList } from "./staged-list.ts";
import type { Notice } from "../../content/notice.ts";

/** How often a list is written again because somebody else wrote it in the meantime. */
const maxRounds = 10;

/** A list on its way under its tag. */
interface Publication {
  /** What the tag named when this began. */
  readonly before: ExistingTag | undefined;
  readonly kept: readonly ExistingEntry[];
  readonly published: ImageIndex | Manifest;
}

/**
 * Moves the tag to the list, after all that it names, and then its images' own tags. Registries have no compare-and-swap, so
 * the tag is read again right before and after that, and what others put there in between is merged back (decision 11). At
 * the end what clients will read is read back.
 */
export async function publishList(staged: StagedList, options: PublishOptions): Promise<ListReport> {
  const { list, repository } = staged;
  const before = await refresh(staged, staged.first.existing, options);
  let existing = before;
  let lost: readonly LostEntry[] = [];
  for (let round = 0; round < maxRounds; round++) {
    if (round > 0) existing = await refresh(staged, existing, options);
    const kept = unite(await keepEntries(staged, existing, options), lost);
    if (options.signed) await checkListSigned(list, kept, repository, options.signed);
    const published = await composeRoot(staged, existing, kept, options);
    const publication = { before, kept, published };
    const isThere = existing?.descriptor.digest === published.descriptor.digest;
    if (!isThere) {
      const isLayout = options.ownFamily === "oci";
      const unread = isLayout ? sayUnread(published.descriptor, options.format) : undefined;
      const odd = [...findMixture(staged, existing, kept), ...(unread === undefined ? [] : [unread])];
      warnOfList(staged, odd, options);
      // It was to go under the name alone, and somebody has put others there in the meantime.
      if (list.single && published.kind === "index") {
        await pushChildren(repository, staged.pushed.values(), options.signal);
      }
      await pushInFamily(repository, list.target.tag, published, options.signal);
    }
    const tags =
      published.kind === "index" ? await tagImages(staged, options) : new Map<string, Digest | undefined>();
    if (isThere) return finish(staged, publication, tags, options);
    lost = await findOthersLosses(staged, published, options);
    const now = await readAgain(staged, options);
    if (lost.length > 0 || (now && now !== published.descriptor.digest)) continue;
    const report = await finishUnlessMoved(staged, publication, tags, options);
    if (report) return report;
  }
  throw new AirgapError(
    "LIST_UNSTABLE",
    `Cannot settle "${titleTarget(repository.title, list.target.tag)}": others wrote it ${maxRounds} times in the meantime`,
    {
      exit: "gaveUp",
      hint: "Run this load again when the others are done: it changes only what is missing.",
    },
  );
}

/** What the tag names right after the write, or undefined where a policy hides it. Throws where it names nothing. */
async function readAgain(
  { repository, list: { target } }: StagedList,
  { signal }: PublishOptions,
): Promise<Digest | undefined> {
  const now = await unlessHidden(
    repository.resolve(target.tag, signal).then((found) => found ?? ("nothing" as const)),
  );
  if (now !== "nothing") return now?.digest;
  throw new AirgapError(
    "READ_BACK_FAILED",
    `Cannot read back "${titleTarget(repository.title, target.tag)}": nothing is there right after it was written`,
    {
      exit: "protocol",
      hint: "The registry took it and does not give it back: it may remember what garbage collection has deleted, and must be restarted. Then run this again.",
    },
  );
}

/** Undefined where another run moved the tag between the write and reading it back: then there is more to merge. */
async function finishUnlessMoved(
  staged: StagedList,
  publication: Publication,
  tags: ReadonlyMap<string, Digest | undefined>,
  options: PublishOptions,
): Promise<ListReport | undefined> {
  try {
    return await finish(staged, publication, tags, options);
  } catch (error) {
    if (!(error instanceof AirgapError) || error.code !== "READ_BACK_FAILED") throw error;
    const now = await staged.repository.resolve(staged.list.target.tag, options.signal);
    if (!now || now.digest === publication.published.descriptor.digest) throw error;
    return undefined;
  }
}

/**
 * The images' own tags, which protect them from garbage collection and tell other machines of them. The list stands by then:
 * a tag that the registry refuses is a warning.
 */
async function tagImages(
  staged: StagedList,
  options: PublishOptions,
): Promise<Map<string, Digest | undefined>> {
  const { archTags, signal } = options;
  try {
    return await tagChildren(staged.repository, listTagged(staged), {
      archTags,
      mayMove: () => true,
      signal,
    });
  } catch (error) {
    if (!isReportable(error, signal)) throw error;
    warnOfList(staged, [`the tags of its images are not all up to date: ${error.message}`], options);
    return new Map();
  }
}

function listTagged({ list, pushed }: StagedList): TaggedChild[] {
  return list.entries.flatMap((entry) => {
    const manifest = pushed.get(entry);
    if (entry.archTag === undefined || !manifest) return [];
    return [{ tag: entry.archTag, digest: manifest.descriptor.digest, read: async () => manifest }];
  });
}

async function refresh(
  { repository, list: { target } }: StagedList,
  known: ExistingTag | undefined,
  { onExisting, signal }: PublishOptions,
): Promise<ExistingTag | undefined> {
  const read = async (): Promise<ExistingTag | undefined> => {
    const now = await repository.resolve(target.tag, signal);
    return now?.digest === known?.descriptor.digest ? known : readExistingTag(repository, target.tag, signal);
  };
  // Who replaces needs no reading.
  return onExisting === "replace" ? unlessHidden(read()) : read();
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

/** What becomes of a list that its registry takes in no family, as Harbor 1.x: its images go under their own tags alone. */
export async function tagWithoutList(
  staged: StagedList,
  refusal: AirgapError,
  { archTags, signal }: PublishOptions,
): Promise<AirgapError> {
  const wanted = archTags === "never" ? "never" : "always";
  const options = { archTags: wanted, mayMove: () => true, signal } as const;
  const tags = [...(await tagChildren(staged.repository, listTagged(staged), options)).keys()].join(", ");
  const there = tags ? `; its images are there, as ${tags}` : "";
  return new AirgapError(refusal.code, `${refusal.message}${there}`, {
    exit: "partial",
    hint: refusal.hint ?? "The registry takes no multi-arch lists: update it, or pull by those tags.",
    cause: refusal,
  });
}

async function findOthersLosses(
  { repository, list, first }: StagedList,
  published: ImageIndex | Manifest,
  options: PublishOptions,
): Promise<readonly LostEntry[]> {
  if (options.onExisting !== "merge") return [];
  const ours = list.entries.map(({ image }) => image.platform);
  const entries = published.kind === "index" ? published.manifests : [];
  return findLostEntries(repository, list.target.tag, entries, first, ours, options);
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
  { before, kept, published }: Publication,
  tags: ReadonlyMap<string, Digest | undefined>,
  options: PublishOptions,
): Promise<ListReport> {
  const onNotice = (warning: Notice): void =>
    options.strict ? warnOfList(staged, [warning.text], options) : options.onNotice(warning);
  await readBack(staged.repository, staged.list.target.tag, published, { ...options, onNotice });
  return reportList(staged, before, kept, published, tags);
}
