import { type Digest, isDigest, shortDigest } from "../../oci/digest.ts";
import { shellWord } from "../../oci/shell-word.ts";
import { formatPlatform, platformKey } from "../../oci/platform.ts";
import { familiarReference, formatReference, type Reference } from "../../oci/reference.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { buildArchTag } from "../../oci/arch-tag.ts";
import { foldName } from "./fold-arch.ts";
import { findRename, hostComponent, nameTarget, type NamingOptions, type RenameRule } from "./name-target.ts";
import type { PlannedEntry, PlannedImage } from "./planned-image.ts";
import type { PlanProblem } from "./plan-image.ts";
import type { Notice } from "../../content/notice.ts";
import type { Steps } from "../../content/turns.ts";

/** A list in the making. */
export interface ListDraft {
  /** The name that it is told under. */
  readonly source: Reference;
  /** All names that come to this target, for the same images. */
  readonly sources: readonly Reference[];
  readonly target: TargetName;
  /** By platform. */
  readonly entries: ReadonlyMap<string, PlannedEntry>;
  /** Digests by which it is named besides. */
  readonly pins: readonly Digest[];
}

/** The images by the names that they go under. */
export function* draftLists(
  images: readonly PlannedImage[],
  options: DraftOptions,
): Steps<{
  readonly lists: readonly ListDraft[];
  readonly problems: readonly PlanProblem[];
  readonly warnings: readonly Notice[];
}> {
  const bySource = new Map<string, SourceDraft>();
  const problems: PlanProblem[] = [];
  const warnings = new Map<string, Notice>();
  for (const image of images) {
    for (const name of image.references) {
      yield;
      const source = tellName(name, image, options);
      const target = targetOf(source, image, options);
      const { archTag, warning } = tagChild(options.archTag, target, image);
      if (warning) warnings.set(warning.text, warning);
      const key = `${formatTarget(target)} ${formatReference(source)}`;
      const list = bySource.get(key) ?? { source, sources: new Set(), target, entries: new Map() };
      bySource.set(key, list);
      list.sources.add(name);
      problems.push(...addEntry(list, { image, ...(archTag ? { archTag } : {}) }));
    }
  }
  const { lists, collisions } = yield* joinSources([...bySource.values()], options);
  return { lists, problems: [...problems, ...collisions], warnings: [...warnings.values()] };
}

interface DraftOptions extends NamingOptions {
  readonly archTag?: string;
  readonly foldArch: boolean;
}

/** Without the architecture in it where that is asked for, unless a rule is about that very name. */
function tellName(
  name: Reference,
  { platform }: PlannedImage,
  { foldArch, renames }: DraftOptions,
): Reference {
  return foldArch && !hasOwnRename(name, renames) ? foldName(name, platform.architecture) : name;
}

function hasOwnRename(name: Reference, renames: readonly RenameRule[]): boolean {
  return findRename(name, renames)?.isPrefix === false;
}

/** A digest goes into the repository that the image's tag goes to, where it has both there. */
function targetOf(source: Reference, image: PlannedImage, options: DraftOptions): TargetName {
  const target = nameTarget(source, options);
  if (source.digest === undefined) return target;
  const tagged = image.references
    .map((name) => tellName(name, image, options))
    .find(
      ({ host, repository, tag }) =>
        tag !== undefined && host === source.host && repository === source.repository,
    );
  return tagged ? { ...target, repository: nameTarget(tagged, options).repository } : target;
}

interface SourceDraft {
  /** The name that it is told under. */
  readonly source: Reference;
  /** As the archives have it; several where an architecture was taken out of them. */
  readonly sources: Set<Reference>;
  readonly target: TargetName;
  readonly entries: Map<string, PlannedEntry>;
}

/** A tag may be as long as tags can be; then its children have none of their own. */
function tagChild(
  template: string | undefined,
  target: TargetName,
  { platform }: PlannedImage,
): { archTag?: string; warning?: Notice } {
  if (template === undefined || isDigest(target.tag)) return {};
  const archTag = buildArchTag(template, target.tag, platform);
  if (archTag !== undefined) return { archTag };
  const text = `its children get no tags of their own, which would be longer than the 128 characters of a tag`;
  return { warning: { severity: "note", subject: formatTarget(target), text } };
}

function addEntry(list: SourceDraft, entry: PlannedEntry): PlanProblem[] {
  const key = platformKey(entry.image.platform);
  const other = list.entries.get(key)?.image;
  if (!other || isBetter(entry.image, other)) list.entries.set(key, entry);
  if (!other || idOf(other) === idOf(entry.image)) return [];
  return [sayDuplicate(list.source, other, entry.image)];
}

/**
 * Of the same image twice, the one whose digest was promised, whatever order they come in (decision 6); of two promises that
 * of a whole index, then the lesser digest.
 */
function isBetter(one: PlannedImage, other: PlannedImage): boolean {
  if (idOf(one) !== idOf(other)) return false;
  const [rank, otherRank] = [rankOf(one), rankOf(other)];
  return rank === otherRank ? promiseOf(one) < promiseOf(other) : rank > otherRank;
}

function rankOf({ keepsManifest, sourceImage: image }: PlannedImage): number {
  if (!keepsManifest) return 0;
  return image.index?.complete ? 2 : 1;
}

function promiseOf({ sourceImage: image }: PlannedImage): string {
  return image.manifest?.descriptor.digest ?? "";
}

function idOf({ sourceImage: image }: PlannedImage): string {
  return image.config.digest;
}

function sayDuplicate(source: Reference, one: PlannedImage, other: PlannedImage): PlanProblem {
  return {
    code: "DUPLICATE_PLATFORM",
    exit: "content",
    text: `${familiarReference(source)} has two different images for ${formatPlatform(one.platform)}: ${locate(one)} and ${locate(other)}`,
  };
}

function locate({ given, sourceImage: image }: PlannedImage): string {
  return `${shortDigest(image.config.digest)} in ${given.source.title}`;
}

/**
 * Two names may come to one target where one has no other images than the other, as of an image that is named twice, or
 * where rules for the very names ask for it and their platforms differ; else that is reported, once.
 */
function* joinSources(
  drafts: readonly SourceDraft[],
  options: NamingOptions,
): Steps<{ lists: ListDraft[]; collisions: PlanProblem[] }> {
  const byTarget = new Map<string, ListDraft>();
  const collisions: PlanProblem[] = [];
  for (const draft of drafts) {
    yield;
    const key = formatTarget(draft.target);
    const known = byTarget.get(key);
    const sources = [...(known?.sources ?? []), ...draft.sources];
    if (!known || isOne(known, draft) || areRenamed(known, draft, options)) {
      const entries = new Map([...draft.entries, ...(known?.entries ?? [])]);
      byTarget.set(key, { ...draft, ...known, sources, entries, pins: [] });
    } else {
      collisions.push(sayCollision(known, draft, options));
    }
  }
  const lists = yield* attachPins([...byTarget].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, list]) => list));
  return { lists, collisions };
}

/** What a tag and a digest name alike is one list: it is published under both. */
function* attachPins(lists: readonly ListDraft[]): Steps<ListDraft[]> {
  const pinned = new Map<string, Digest[]>();
  for (const list of lists) {
    const { tag } = list.target;
    if (!isDigest(tag)) continue;
    const key = placeAndImages(list);
    const known = pinned.get(key);
    if (known) known.push(tag);
    else pinned.set(key, [tag]);
  }
  if (pinned.size === 0) return [...lists];
  const attached = new Set<string>();
  const pinsOf = new Map<ListDraft, readonly Digest[]>();
  for (const list of lists) {
    yield;
    if (isDigest(list.target.tag)) continue;
    const key = placeAndImages(list);
    pinsOf.set(list, pinned.get(key) ?? []);
    attached.add(key);
  }
  return lists.flatMap((list) => {
    const pins = pinsOf.get(list);
    if (pins) return [{ ...list, pins }];
    return attached.has(placeAndImages(list)) ? [] : [list];
  });
}

/** The same for lists of the same images in one repository. */
function placeAndImages({ target, entries }: ListDraft): string {
  const images = [...entries].map(([platform, { image }]) => `${platform} ${idOf(image)}`);
  return [target.repository, ...images.sort()].join("\n");
}

/** Whether one of them has all images of the other; what a digest names is one thing, whoever has which part of it. */
function isOne(one: ListDraft, other: SourceDraft): boolean {
  return isDigest(one.target.tag) || isPart(one, other) || isPart(other, one);
}

type Images = Pick<ListDraft, "entries">;

function isPart(one: Images, other: Images): boolean {
  return [...one.entries].every(([platform, { image }]) => {
    const entry = other.entries.get(platform);
    return entry !== undefined && idOf(entry.image) === idOf(image);
  });
}

function areApart(one: Images, other: Images): boolean {
  return [...one.entries.keys()].every((platform) => !other.entries.has(platform));
}

/** One of the names may have the target's name by itself. */
function areRenamed(known: ListDraft, draft: SourceDraft, { renames }: NamingOptions): boolean {
  const others = [...known.sources, draft.source].filter((source) => !hasOwnRename(source, renames));
  return others.length < 2 && areApart(known, draft);
}

/** A rule for that very name goes before one that is added: its place is to be taken. */
function sayCollision(list: ListDraft, draft: SourceDraft, options: NamingOptions): PlanProblem {
  const { source } = draft;
  const { host, repository } = source;
  const name = `${host}/${repository}`;
  const rule = findRename(source, options.renames);
  const option = `--rename ${shellWord(`${name}=${hostComponent(host)}/${repository}`)}`;
  const path = nameTarget(source, { ...options, prefix: "" }).repository;
  const join =
    list.sources.length === 1 && areApart(list, draft)
      ? `, for different platforms: --rename ${shellWord(`${name}=${path}`)} makes one image of them`
      : "";
  return {
    code: "NAME_COLLISION",
    exit: "usage",
    text: `${formatReference(list.source)} and ${formatReference(source)} would both become ${formatTarget(list.target)}${join}`,
    remedy: rule && !rule.isPrefix ? `${option} in place of --rename ${shellWord(rule.text)}` : option,
  };
}
