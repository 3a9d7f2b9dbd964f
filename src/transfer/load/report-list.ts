import { titleTarget } from "../report/target-name.ts";
import type { Repository } from "../../content/repository.ts";
import type { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { comparePlatforms, type Platform, platformKey } from "../../oci/platform.ts";
import { familiarReference } from "../../oci/reference.ts";
import type { Child } from "./child.ts";
import type { ExistingEntry, ExistingTag } from "./existing-tag.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { PlannedFailure } from "../plan/plan-faults.ts";
import type { PlannedArtifact } from "../plan/plan-artifacts.ts";
import type { Outcome } from "../report/outcome.ts";
import type { CellReport, ListReport } from "../report/report.ts";
import { listRemoved } from "./keep-entries.ts";
import type { StagedList } from "./staged-list.ts";

/** What was done for one list: a cell for every platform that it has or should have. */
export function reportList(
  staged: StagedList,
  existing: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
  published: ImageIndex | Manifest,
  tags: ReadonlyMap<string, Digest | undefined>,
): ListReport {
  const listDigest = published.descriptor.digest;
  const { sourceImage: image } = staged.list.entries[0]?.image ?? {};
  const original = (image?.whole ?? image?.index)?.manifest.descriptor.digest;
  const ours = staged.list.entries.map((entry) => {
    const previous = entry.archTag === undefined ? undefined : tags.get(entry.archTag);
    const child = staged.children.get(entry);
    const isTagged = entry.archTag !== undefined && tags.has(entry.archTag);
    const digest = staged.pushed.get(entry)?.descriptor.digest;
    const cell = reportEntry(isTagged ? entry : { image: entry.image }, existing, child, digest);
    return previous ? { ...cell, previous } : cell;
  });
  return {
    ...describeList(staged.list, staged.repository),
    outcome: !existing ? "pushed" : existing.descriptor.digest === listDigest ? "unchanged" : "replaced",
    cells: sortCells([...ours, ...reportOthers(staged.list, existing, kept)]),
    digest: listDigest,
    ...(existing && existing.descriptor.digest !== listDigest
      ? { previous: existing.descriptor.digest }
      : {}),
    ...(original && original !== listDigest ? { originalDigest: original } : {}),
  };
}

/** The part of a list's report that holds whatever becomes of it. */
export function describeList(
  list: PlannedList,
  repository: Pick<Repository, "title">,
): Pick<ListReport, "source" | "target" | "title" | "repositoryTitle"> {
  return {
    repositoryTitle: repository.title,
    source: familiarReference(list.source),
    target: list.target,
    title: titleTarget(repository.title, list.target.tag),
  };
}

/** The cell of an image that this run brings; `digest` is its manifest's, where that is known. */
export function reportEntry(
  entry: PlannedEntry,
  existing: ExistingTag | undefined,
  child: Child | undefined,
  digest: Digest | undefined,
): CellReport {
  const promised = entry.image.sourceImage.manifest?.descriptor.digest;
  return {
    platform: entry.image.platform,
    outcome: outcomeOf(entry, existing, child, digest),
    config: entry.image.config.digest,
    ...(digest ? { digest } : {}),
    ...(entry.archTag ? { archTag: entry.archTag } : {}),
    ...(promised && digest && promised !== digest ? { originalDigest: promised } : {}),
  };
}

function outcomeOf(
  entry: PlannedEntry,
  existing: ExistingTag | undefined,
  child: Child | undefined,
  digest: Digest | undefined,
): Outcome {
  const key = platformKey(entry.image.platform);
  const before = existing?.entries.find(({ platform }) => platformKey(platform) === key);
  if (before) return before.descriptor.digest === digest ? "unchanged" : "replaced";
  return child?.kind === "uploaded" && child.image.how === "mounted" ? "mounted" : "pushed";
}

/** A list that was not published: every platform that this run had for it failed; it may have lacked others. */
export function reportFailure(
  list: PlannedList,
  repository: Pick<Repository, "title">,
  error: AirgapError,
  lacking: readonly Platform[] = [],
): ListReport {
  const cells = list.entries.map(({ image }): CellReport => ({
    platform: image.platform,
    outcome: "failed",
    error,
  }));
  return {
    ...describeList(list, repository),
    outcome: "failed",
    cells: sortCells([...cells, ...reportMissing([...list.missing, ...lacking], [])]),
    error,
  };
}

/** A name that the archives could not give: nothing of it is known but why. */
export function reportFault(
  { name, target, error }: PlannedFailure,
  repository: Pick<Repository, "title">,
): ListReport {
  return {
    source: name,
    target,
    title: titleTarget(repository.title, target.tag),
    repositoryTitle: repository.title,
    outcome: "failed",
    cells: [],
    error,
  };
}

/** Signatures and the like: no platforms, one digest. */
export function reportArtifact(
  { source, artifact, target }: PlannedArtifact,
  repository: Pick<Repository, "title">,
  became: Pick<ListReport, "outcome" | "previous" | "error">,
): ListReport {
  return {
    source: familiarReference(source),
    target,
    title: titleTarget(repository.title, target.tag),
    repositoryTitle: repository.title,
    ...became,
    cells: [],
    ...(became.error ? {} : { digest: artifact.manifest.descriptor.digest }),
  };
}

/** Every platform of a run, in the order of lists: the columns of its table. */
export function platformsOfCells(lists: readonly ListReport[]): Platform[] {
  const platforms = new Map(
    lists.flatMap(({ cells }) => cells.map(({ platform }) => [platformKey(platform), platform] as const)),
  );
  return [...platforms.values()].sort(comparePlatforms);
}

/** The cells of all platforms that this run does not bring: kept, removed, or missing from the archives. */
export function reportOthers(
  list: PlannedList,
  existing: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
): CellReport[] {
  const ours = list.entries.map(({ image }) => image.platform);
  const removed = listRemoved(existing, ours, kept).filter(({ platform }) => platform.architecture !== "");
  return [
    ...kept.map(reportKept),
    ...removed.map(({ platform, descriptor }): CellReport => ({
      platform,
      outcome: "removed",
      previous: descriptor.digest,
    })),
    ...reportMissing(list.missing, [...kept, ...removed]),
  ];
}

function reportKept({ platform, descriptor }: ExistingEntry): CellReport {
  return { platform, outcome: "kept", digest: descriptor.digest };
}

/** The cells of platforms that a list will not have. */
export function reportMissing(platforms: readonly Platform[], kept: readonly ExistingEntry[]): CellReport[] {
  const missing = new Map(platforms.map((platform) => [platformKey(platform), platform]));
  for (const { platform } of kept) missing.delete(platformKey(platform));
  return [...missing.values()].map((platform) => ({ platform, outcome: "missing" }));
}

export function sortCells(cells: readonly CellReport[]): CellReport[] {
  return [...cells].sort((a, b) => comparePlatforms(a.platform, b.platform));
}
