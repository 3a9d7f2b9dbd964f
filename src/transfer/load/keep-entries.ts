import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import type { PlannedList } from "../plan/plan.ts";
import { formatTarget } from "../report/target-name.ts";
import { type ExistingEntry, type ExistingTag, findFault } from "./existing-tag.ts";
import { chooseKept } from "./merge-list.ts";
import { checkRequired } from "./required-platforms.ts";
import type { PreparedList, PublishOptions } from "./staged-list.ts";

/** What of an existing list stays beside ours; throws where that, `--require` or `--strict` needs the operator's decision. */
export async function keepEntries(
  { list, repository }: Pick<PreparedList, "list" | "repository">,
  existing: ExistingTag | undefined,
  options: PublishOptions,
): Promise<readonly ExistingEntry[]> {
  const title = `${repository.title}:${list.target.tag}`;
  if (existing && options.onExisting === "fail") throw existsAlready(title);
  const ours = list.entries.map(({ image }) => image.platform);
  const choice = chooseKept(
    existing,
    ours,
    options.onExisting,
    await findFaults(repository, existing, ours, options),
  );
  if (choice.problem) throw notMergeable(title, choice.problem);
  warnOfList({ list, repository }, [...choice.warnings, ...sayRemoved(existing, ours, choice.kept)], options);
  checkRequired(title, [...choice.kept.map(({ platform }) => platform), ...ours], options.require);
  sayAttestations(list, existing, choice.kept, options);
  return choice.kept;
}

async function findFaults(
  repository: Repository,
  existing: ExistingTag | undefined,
  ours: readonly Platform[],
  options: PublishOptions,
): Promise<Map<ExistingEntry, string>> {
  const faults = new Map<ExistingEntry, string>();
  if (options.onExisting !== "merge") return faults;
  const mine = new Set(ours.map(platformKey));
  for (const entry of existing?.entries ?? []) {
    if (mine.has(platformKey(entry.platform))) continue;
    const fault = await findFault(repository, entry, options.inspectLayer, options.signal);
    if (fault) faults.set(entry, fault);
  }
  return faults;
}

function existsAlready(title: string): AirgapError {
  return new AirgapError(
    "LIST_EXISTS",
    `Cannot publish "${title}": the tag is there already and --on-existing is fail`,
    {
      exit: "partial",
      hint: "Give --on-existing merge to add to it, or replace to publish only what these archives bring.",
    },
  );
}

function notMergeable(title: string, problem: string): AirgapError {
  return new AirgapError("LIST_NOT_MERGEABLE", `Cannot merge into "${title}": ${problem}`, {
    exit: "partial",
    hint: "Load the archive for that platform in the same run, or give --on-existing replace to publish only what these archives bring.",
  });
}

/** Tells what is odd about a list that is to be published; with `--strict` it is not. */
export function warnOfList(
  { list, repository }: Pick<PreparedList, "list" | "repository">,
  texts: readonly string[],
  options: PublishOptions,
): void {
  for (const text of texts)
    options.onWarning({ severity: "warning", subject: formatTarget(list.target), text });
  if (!options.strict || texts.length === 0) return;
  const title = `${repository.title}:${list.target.tag}`;
  throw new AirgapError("STRICT", `Cannot publish "${title}" with --strict: ${texts.join("; ")}`, {
    exit: "partial",
  });
}

/** What the tag had and will not have. */
export function listRemoved(
  existing: ExistingTag | undefined,
  ours: readonly Platform[],
  kept: readonly ExistingEntry[],
): ExistingEntry[] {
  const stay = new Set([...ours, ...kept.map(({ platform }) => platform)].map(platformKey));
  return (existing?.entries ?? []).filter(({ platform }) => !stay.has(platformKey(platform)));
}

function sayRemoved(
  existing: ExistingTag | undefined,
  ours: readonly Platform[],
  kept: readonly ExistingEntry[],
): string[] {
  const removed = listRemoved(existing, ours, kept).map(({ platform }) =>
    platform.architecture ? formatPlatform(platform) : "an image of unknown platform",
  );
  if (removed.length === 0) return [];
  return [
    `removed: ${removed.join(", ")} of the list in the registry; --on-existing replace leaves only what these archives bring`,
  ];
}

/** Attestations belong to the index that they came in, and go nowhere without it (decision 8). */
function sayAttestations(
  list: PlannedList,
  existing: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
  { onWarning }: PublishOptions,
): void {
  const whose = [
    ...(hasAttestations(list) && !isVerbatim(list, kept) ? ["the archive's index"] : []),
    ...(existing?.attestations && kept.length ? ["the list in the registry"] : []),
  ];
  for (const whole of whose) {
    const text = `attestations of ${whole} stay behind, since another list is published`;
    onWarning({ severity: "note", subject: formatTarget(list.target), text });
  }
}

function hasAttestations({ entries }: PlannedList): boolean {
  return entries.some(({ image }) => image.image.index?.attestations.length);
}

/** Whether the archive's own index goes up byte for byte (decision 8). */
export function isVerbatim(list: PlannedList, kept: readonly ExistingEntry[]): boolean {
  return list.verbatim !== undefined && kept.length === 0;
}
