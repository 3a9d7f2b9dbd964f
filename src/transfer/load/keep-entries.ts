import { isAlone, isPinned, isVerbatim } from "./compose-root.ts";
import type { PlannedList } from "../plan/planned-list.ts";
import type { PlannedIndex } from "../plan/choose-root.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isAttestation } from "../../oci/attestation.ts";
import { isDigest } from "../../oci/digest.ts";
import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { formatTarget, titleTarget } from "../report/target-name.ts";
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
  const title = titleTarget(repository.title, list.target.tag);
  if (existing && options.onExisting === "fail" && !isDigest(list.target.tag)) throw existsAlready(title);
  const ours = list.entries.map(({ image }) => image.platform);
  const choice = chooseKept(
    existing,
    ours,
    options.onExisting,
    await findFaults(repository, existing, ours, options),
  );
  if (choice.problem) throw notMergeable(title, choice.problem);
  warnOfList({ list, repository }, [...choice.warnings, ...sayRemoved(existing, ours, choice.kept)], options);
  checkRequired(list.target, [...choice.kept.map(({ platform }) => platform), ...ours], options.require);
  await sayLeftBehind({ list, repository }, existing, choice.kept, options);
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
  { list, repository }: Pick<PreparedList, "list"> & { readonly repository: Pick<Repository, "title"> },
  texts: readonly string[],
  options: PublishOptions,
): void {
  for (const text of texts) {
    options.onNotice({ severity: "warning", subject: formatTarget(list.target), text });
  }
  if (!options.strict || texts.length === 0) return;
  const title = titleTarget(repository.title, list.target.tag);
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

/**
 * Says what keeps the archives' own index from going up, since its digest was promised, and that attestations go nowhere
 * without the index that they came in (decision 8).
 */
async function sayLeftBehind(
  { list, repository }: Pick<PreparedList, "list" | "repository">,
  existing: ExistingTag | undefined,
  kept: readonly ExistingEntry[],
  { onNotice, signal }: PublishOptions,
): Promise<void> {
  if (isAlone(list, kept) || (await isVerbatim(list, kept, repository, signal))) return;
  const subject = formatTarget(list.target);
  const { verbatim, target } = list;
  if (verbatim && isDigest(target.tag)) {
    throw digestNotKept(titleTarget(repository.title, target.tag), verbatim);
  }
  // By its digest it is published all the same, unless something of it is missing.
  const isThere = isPinned(list) && (await isVerbatim(list, [], repository, signal));
  const severity = isPinned(list) && !isThere ? "warning" : "note";
  if (verbatim) onNotice({ severity, subject, text: sayNewDigest(verbatim, kept) });
  const texts = [
    ...(hasAttestations(list) && !isThere ? [sayAttestations("the archive's index")] : []),
    ...(existing?.attestations && kept.length ? [sayAttestations("the list in the registry")] : []),
  ];
  for (const text of texts) onNotice({ severity: "note", subject, text });
}

/** Half of what is called by its digest is nothing that could be called so. */
function digestNotKept(title: string, { absent }: PlannedIndex): AirgapError {
  const lacking = listAbsent(absent);
  return new AirgapError(
    "DIGEST_NOT_KEPT",
    `Cannot publish "${title}": these archives do not have all of it, and the registry does not have ${lacking}`,
    {
      exit: "partial",
      hint: "Load the archives that have it together with these, or give it a tag: --name ID=NAME:TAG.",
    },
  );
}

function listAbsent(absent: PlannedIndex["absent"]): string {
  return [...new Set(absent.map(describeChild))].join(", ");
}

function sayAttestations(whole: string): string {
  return `attestations of ${whole} stay behind, since another list is published`;
}

function sayNewDigest({ index, absent }: PlannedIndex, kept: readonly ExistingEntry[]): string {
  const { digest } = index.descriptor;
  const listed = new Set(index.manifests.map((child) => child.digest));
  const others = kept.filter(({ descriptor }) => !listed.has(descriptor.digest));
  if (others.length > 0) {
    const platforms = others.map(({ platform }) => formatPlatform(platform)).join(", ");
    return `its digest is new, since ${platforms} of the list in the registry is kept: --on-existing replace publishes the archive's index ${digest}`;
  }
  return `its digest is new, since its index ${digest} also lists ${listAbsent(absent)}: archives that have it, loaded with these, keep the digest`;
}

function describeChild(child: Descriptor): string {
  if (isAttestation(child)) return "attestations";
  return child.platform ? formatPlatform(child.platform) : child.digest;
}

function hasAttestations({ entries }: PlannedList): boolean {
  return entries.some(({ image: { sourceImage: image } }) =>
    [image.index, image.whole].some((index) => index?.attestations.length),
  );
}
