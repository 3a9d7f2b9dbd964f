import type { Repository } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { type Family, familyOf } from "../../oci/media-type.ts";
import { formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import type { Child } from "./child.ts";
import { type ExistingEntry, type ExistingTag, findFault, type InspectLayer } from "./existing-tag.ts";
import { chooseKept, type OnExisting } from "./merge-list.ts";
import type { PlannedEntry, PlannedList } from "../plan/plan.ts";
import type { Notice } from "../report/notice.ts";
import type { FirstLook } from "./siblings.ts";
import { formatTarget } from "../report/target-name.ts";
import { pushOnce } from "../graph/push-once.ts";
import { uploadBlob } from "../graph/upload-blob.ts";
import { manifestOf, requiredFamily, type UploadOptions } from "./upload-image.ts";

/** Which family of media types manifests of our own making get; `auto` is decision 7's choice. */
export type Format = "auto" | Family;

export interface PublishOptions extends UploadOptions {
  readonly format: Format;
  readonly onExisting: OnExisting;
  readonly archTag?: string;
  readonly require: readonly Platform[];
  readonly strict: boolean;
  readonly inspectLayer: InspectLayer;
  readonly onWarning: (warning: Notice) => void;
}

/** A list whose children's blobs are all in the repository. */
export interface PreparedList {
  readonly list: PlannedList;
  readonly repository: Repository;
  readonly first: FirstLook;
  readonly children: ReadonlyMap<PlannedEntry, Child>;
}

/** A list whose children are pushed, ready to go under its tag. */
export interface StagedList extends PreparedList {
  readonly pushed: ReadonlyMap<PlannedEntry, Manifest>;
  /** What a child's own tag named before, where that was something else. */
  readonly moved: ReadonlyMap<PlannedEntry, Digest>;
}

/** Settles what stays of the list in the registry, then pushes every child's manifest under its own tag or digest. */
export async function stageList(prepared: PreparedList, options: PublishOptions): Promise<StagedList> {
  const kept = await keepEntries(prepared, prepared.first.existing, options);
  const family = chooseFamily(prepared, kept, options.format);
  const pushed = new Map<PlannedEntry, Manifest>();
  const moved = new Map<PlannedEntry, Digest>();
  for (const [entry, child] of prepared.children) {
    const manifest = child.kind === "found" ? child.manifest : manifestOf(entry.image, child.image, family);
    const reference = entry.archTag ?? manifest.descriptor.digest;
    const previous = await pushOnce(prepared.repository, reference, manifest, options.signal);
    if (previous) moved.set(entry, previous);
    pushed.set(entry, manifest);
  }
  if (isVerbatim(prepared.list, kept)) await pushAttestations(prepared, options);
  return { ...prepared, pushed, moved };
}

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
  warnOfList({ list, repository }, choice.warnings, options);
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

/** Throws `REQUIRED_PLATFORM_MISSING` where a list would end without a platform of `--require`. */
export function checkRequired(
  title: string,
  platforms: readonly Platform[],
  required: readonly Platform[],
): void {
  const have = new Set(platforms.map(platformKey));
  const lacking = required.filter((platform) => !have.has(platformKey(platform)));
  if (lacking.length === 0) return;
  throw new AirgapError(
    "REQUIRED_PLATFORM_MISSING",
    `Cannot publish "${title}": it would lack ${lacking.map(formatPlatform).join(", ")}`,
    {
      exit: "partial",
      hint: "Add the archive that has it, or take the platform out of --require.",
    },
  );
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

/** What was asked for; else OCI if any child must be or is kept as OCI, else Docker (decision 7). */
function chooseFamily({ children }: PreparedList, kept: readonly ExistingEntry[], format: Format): Family {
  if (format !== "auto") return format;
  const families: (Family | undefined)[] = kept.map(({ descriptor }) => familyOf(descriptor.mediaType));
  for (const [entry, child] of children) {
    families.push(
      child.kind === "found"
        ? familyOf(child.manifest.descriptor.mediaType)
        : requiredFamily(entry.image, child.image),
    );
  }
  return families.includes("oci") ? "oci" : "docker";
}

/** Whether the archive's own index goes up byte for byte (decision 8). */
export function isVerbatim(list: PlannedList, kept: readonly ExistingEntry[]): boolean {
  return list.verbatim !== undefined && kept.length === 0;
}

async function pushAttestations({ list, repository }: PreparedList, options: PublishOptions): Promise<void> {
  for (const { manifest, blobs } of list.verbatim?.attestations ?? []) {
    for (const blob of blobs) await uploadBlob(blob, repository, options);
    await pushOnce(repository, manifest.descriptor.digest, manifest, options.signal);
  }
}
