import type { SourceIndex } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { shortDigest } from "../../oci/digest.ts";
import { comparePlatforms, formatPlatform, type Platform, platformKey } from "../../oci/platform.ts";
import { familiarReference, formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { buildArchTag } from "./arch-tag.ts";
import { planArtifacts, type PlannedArtifact } from "./plan-artifacts.ts";
import {
  type GivenSource,
  type ImageOptions,
  planImage,
  type PlannedImage,
  type PlanProblem,
} from "./plan-image.ts";
import { type Notice } from "../report/notice.ts";
import { hostComponent, nameTarget, type NamingOptions } from "./name-target.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { findTagCollisions } from "./tag-collisions.ts";
import { sayUnusedOptions } from "./unused-options.ts";

export interface PlanOptions extends ImageOptions, NamingOptions {
  /** Names of `--image-list`; all images where there is none. */
  readonly imageList?: readonly string[];
  /** Whether an image of the list may lack in an archive. */
  readonly allowMissing: boolean;
  /** Template of per-architecture tags; none pushes children by digest. */
  readonly archTag?: string;
  readonly dropAttestations: boolean;
}

/** What a run will publish: everything the operator can see of it is decided here, without any I/O. */
export interface Plan {
  readonly lists: readonly PlannedList[];
  readonly artifacts: readonly PlannedArtifact[];
  readonly warnings: readonly Notice[];
}

/** One multi-arch image to be: a name and the images that go under it. */
export interface PlannedList {
  readonly source: Reference;
  readonly target: TargetName;
  /** In the order of the list (registry.md 7.2). */
  readonly entries: readonly PlannedEntry[];
  /** Platforms of this run that the name is not there for. */
  readonly missing: readonly Platform[];
  /** The archive's own index, where it can go up byte for byte unless something in the registry is merged (decision 8). */
  readonly verbatim?: SourceIndex;
}

export interface PlannedEntry {
  readonly image: PlannedImage;
  /** Tag of this child alone; none pushes it by digest. */
  readonly archTag?: string;
}

/**
 * Plans a run over all archives. Throws one `AirgapError` that lists every problem: flags against binaries, two images
 * for one place, names that collide, images of the list that are not there.
 */
export function planLoad(sources: readonly GivenSource[], options: PlanOptions): Plan {
  const draft = draftImages(sources, options);
  const lists = draftLists(draft, options);
  const artifacts = planArtifacts(sources, options, listWanted(options));
  const missing = checkImageList(sources, { lists, artifacts }, options, draft);
  draft.problems.push(...findTagCollisions(lists, artifacts));
  if (lists.length + artifacts.length === 0 && missing.length === 0) draft.problems.push(...sayEmpty(draft));
  if (draft.problems.length > 0) throw reportProblems(draft.problems);
  const all = platformsOf(lists);
  const planned = lists.map((list) => finishList(list, all, options));
  const unused = sayUnusedOptions(sources, options);
  return {
    lists: planned,
    artifacts,
    warnings: [...draft.warnings, ...missing, ...sayMissing(planned), ...unused],
  };
}

interface Draft {
  readonly images: PlannedImage[];
  readonly warnings: Notice[];
  readonly problems: PlanProblem[];
}

/** A child and the name it goes under. */
export interface PlannedChild {
  readonly target: TargetName;
  readonly entry: PlannedEntry;
}

/**
 * What one archive alone gives, planned as {@link planLoad} will: it can be uploaded while others are still read. Nothing
 * where the plan is going to fail.
 */
export function planSource(given: GivenSource, options: PlanOptions): readonly PlannedChild[] {
  const draft = draftImages([given], options);
  const lists = draftLists(draft, options);
  if (draft.problems.length > 0 || findTagCollisions(lists, []).length > 0) return [];
  return lists.flatMap(({ target, entries }) => [...entries.values()].map((entry) => ({ target, entry })));
}

function planChild(source: Reference, image: PlannedImage, options: PlanOptions): PlannedChild {
  const target = nameTarget(source, options);
  const archTag =
    options.archTag === undefined ? undefined : buildArchTag(options.archTag, target.tag, image.platform);
  return { target, entry: { image, ...(archTag ? { archTag } : {}) } };
}

function draftImages(sources: readonly GivenSource[], options: PlanOptions): Draft {
  const draft: Draft = { images: [], warnings: [], problems: [] };
  const wanted = listWanted(options);
  for (const given of sources) {
    for (const note of given.source.notes)
      draft.warnings.push({ severity: "note", text: `${given.source.title}: ${note}` });
    for (const image of given.source.images) {
      const plan = planImage(given, image, options, wanted);
      if (plan.kind === "problem") draft.problems.push(plan.problem);
      if (plan.kind === "planned") draft.images.push(plan.image);
      if (plan.kind === "planned" || plan.kind === "unnamed") draft.warnings.push(...plan.warnings);
    }
  }
  return draft;
}

/** Names of the image list in full, where there is one. */
function listWanted({ imageList }: PlanOptions): ReadonlySet<string> | undefined {
  return imageList && new Set(imageList.map(normalName));
}

function normalName(name: string): string {
  return formatReference(parseReference(name));
}

interface ListDraft {
  readonly source: Reference;
  readonly target: TargetName;
  readonly entries: Map<string, PlannedEntry>;
}

function draftLists(draft: Draft, options: PlanOptions): ListDraft[] {
  const lists = new Map<string, ListDraft>();
  for (const image of draft.images) {
    for (const source of image.references) {
      const { target, entry } = planChild(source, image, options);
      const list = lists.get(formatTarget(target)) ?? { source, target, entries: new Map() };
      lists.set(formatTarget(target), list);
      draft.problems.push(...addEntry(list, source, entry));
    }
  }
  return [...lists.values()].sort((a, b) => (formatTarget(a.target) < formatTarget(b.target) ? -1 : 1));
}

function addEntry(list: ListDraft, source: Reference, entry: PlannedEntry): PlanProblem[] {
  if (formatReference(source) !== formatReference(list.source)) return [sayCollision(list, source)];
  const key = platformKey(entry.image.platform);
  const other = list.entries.get(key)?.image;
  // Of the same image twice, the one whose digest was promised, whatever order they come in (decision 6).
  if (!other || (!other.keepsManifest && entry.image.keepsManifest)) list.entries.set(key, entry);
  if (!other || other.image.config.digest === entry.image.image.config.digest) return [];
  return [sayDuplicate(source, other, entry.image)];
}

function sayCollision(list: ListDraft, source: Reference): PlanProblem {
  return {
    code: "NAME_COLLISION",
    exit: "usage",
    text: `${formatReference(list.source)} and ${formatReference(source)} would both become ${formatTarget(list.target)}`,
    remedy: `--rename ${source.host}/${source.repository}=${hostComponent(source.host)}/${source.repository}`,
  };
}

function sayDuplicate(source: Reference, one: PlannedImage, other: PlannedImage): PlanProblem {
  return {
    code: "DUPLICATE_PLATFORM",
    exit: "content",
    text: `${familiarReference(source)} has two different images for ${formatPlatform(one.platform)}: ${locate(one)} and ${locate(other)}`,
  };
}

function locate({ given, image }: PlannedImage): string {
  return `${shortDigest(image.config.digest)} in ${given.source.title}`;
}

/**
 * Every name of `--image-list` must be in the archives of every architecture, unless `--allow-missing`; an artifact is of
 * none. An image with a problem of its own is there, so that nothing is said of the list before those are solved.
 */
function checkImageList(
  sources: readonly GivenSource[],
  { lists, artifacts }: { lists: readonly ListDraft[]; artifacts: readonly PlannedArtifact[] },
  options: PlanOptions,
  draft: Draft,
): Notice[] {
  const warnings: Notice[] = [];
  if (draft.problems.length > 0) return warnings;
  for (const name of options.imageList ?? []) {
    if (artifacts.some(({ source }) => formatReference(source) === normalName(name))) continue;
    const list = lists.find((candidate) => formatReference(candidate.source) === normalName(name));
    for (const group of groupSources(sources)) {
      const found = list && [...list.entries.values()].some(({ image }) => group.includes(image.given));
      if (found) continue;
      const where = group.map((given) => given.source.title).join(", ");
      const text = `${name} is on the image list and not in ${where}`;
      if (options.allowMissing) warnings.push({ severity: "warning", text });
      else draft.problems.push({ code: "IMAGE_MISSING", exit: "content", text, remedy: "--allow-missing" });
    }
  }
  return warnings;
}

/** A run that would publish nothing at all, where nobody allowed that, is no success. */
function sayEmpty({ problems, warnings }: Draft): PlanProblem[] {
  if (problems.length > 0) return [];
  const texts = warnings.filter(({ severity }) => severity === "warning").map(({ text }) => text);
  const reasons = texts.length > 0 ? texts : ["they hold no image that is to be published"];
  return reasons.map((text) => ({ code: "NOTHING_TO_PUBLISH", exit: "content", text }));
}

/** Archives of one architecture may share its images among them. */
function groupSources(sources: readonly GivenSource[]): GivenSource[][] {
  const groups = new Map<string, GivenSource[]>();
  for (const given of sources) {
    const key = given.flag ? platformKey(given.flag) : "";
    groups.set(key, [...(groups.get(key) ?? []), given]);
  }
  return [...groups.values()];
}

function platformsOf(lists: readonly ListDraft[]): Platform[] {
  const platforms = new Map<string, Platform>();
  for (const list of lists) {
    for (const [key, { image }] of list.entries) platforms.set(key, image.platform);
  }
  return [...platforms.values()].sort(comparePlatforms);
}

/** A name that has one variant of an architecture does not lack the other variants that other names have. */
function finishList(list: ListDraft, all: readonly Platform[], options: PlanOptions): PlannedList {
  const entries = [...list.entries.values()].sort((a, b) =>
    comparePlatforms(a.image.platform, b.image.platform),
  );
  const present = new Set(entries.map(({ image }) => `${image.platform.os}/${image.platform.architecture}`));
  const missing = all.filter((platform) => !present.has(`${platform.os}/${platform.architecture}`));
  const verbatim = options.dropAttestations ? undefined : findVerbatimIndex(entries);
  return { source: list.source, target: list.target, entries, missing, ...(verbatim ? { verbatim } : {}) };
}

/** The one index that lists exactly these images under exactly these platforms, all of it at hand. */
function findVerbatimIndex(entries: readonly PlannedEntry[]): SourceIndex | undefined {
  const index = entries[0]?.image.image.index;
  if (!index?.complete || index.index.manifests.length !== entries.length + index.attestations.length)
    return undefined;
  const fits = entries.every(({ image }) => {
    const claimed = image.image.claimedPlatform;
    return (
      image.image.index === index &&
      image.keepsManifest &&
      claimed &&
      platformKey(claimed) === platformKey(image.platform)
    );
  });
  return fits ? index : undefined;
}

function sayMissing(lists: readonly PlannedList[]): Notice[] {
  return lists
    .filter((list) => list.missing.length > 0)
    .map((list) => ({
      severity: "warning",
      subject: familiarReference(list.source),
      text: `not in the archives for ${list.missing.map(formatPlatform).join(", ")}`,
    }));
}

function reportProblems(problems: readonly PlanProblem[]): AirgapError {
  const [first] = problems as [PlanProblem];
  const message =
    problems.length === 1
      ? `Cannot publish these archives: ${first.text}`
      : [
          `Cannot publish these archives, for ${problems.length} reasons:`,
          ...problems.map(({ text }) => `  - ${text}`),
        ];
  const remedies = [...new Set(problems.flatMap(({ remedy }) => remedy ?? []))];
  const exit = problems.some((problem) => problem.exit === "content") ? "content" : "usage";
  const hint = remedies.length
    ? ["If you know better, settle it with:", ...remedies.map((remedy) => `  ${remedy}`)]
    : undefined;
  return new AirgapError(first.code, message, {
    exit,
    ...(hint ? { hint } : {}),
  });
}
