import { joinMisgiven, sayRunElsewhere } from "./witness/misgiven-archive.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { isDigest } from "../../oci/digest.ts";
import { comparePlatforms, formatPlatform, type Platform } from "../../oci/platform.ts";
import { familiarReference } from "../../oci/reference.ts";
import { chooseImages } from "./choose-images.ts";
import { chooseIndex, isSingle } from "./choose-root.ts";
import { checkImageList } from "./check-image-list.ts";
import { draftLists, type ListDraft } from "./draft-lists.ts";
import { foldArchTags } from "./tag-collisions.ts";
import { joinErrors, planFaults, type PlannedFailure } from "./plan-faults.ts";
import { planArtifacts, type PlannedArtifact } from "./plan-artifacts.ts";
import { type ImageOptions, type ImagePlan, planImage, type PlanProblem } from "./plan-image.ts";
import type { PlannedList } from "./planned-list.ts";
import type { GivenSource, PlannedEntry, PlannedImage } from "./planned-image.ts";
import type { NamingOptions } from "./name-target.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";
import { suggestFold } from "./fold-arch.ts";
import { failPins, sayLostPins } from "./plan-pins.ts";
import { planReferrers } from "./plan-referrers.ts";
import { findTagCollisions } from "./tag-collisions.ts";
import { sayUnusedOptions } from "./unused-options.ts";
import { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";
import type { Steps } from "../../content/turns.ts";

export interface PlanOptions extends ImageOptions, NamingOptions {
  /** Names of `--image-list`; all images where there is none. */
  readonly imageList?: readonly string[];
  /** Where each of them is written, for people. */
  readonly listedAt?: ReadonlyMap<string, string>;
  /** Whether an archive may be without some images of the list. */
  readonly allowMissing: boolean;
  /** Template of per-architecture tags; none pushes children by digest. */
  readonly archTag?: string;
  readonly dropAttestations: boolean;
  /** Whether an image that was alone under its name gets a list of one. */
  readonly alwaysList: boolean;
  /** Whether names that end with an architecture are one without it (`--fold-arch`). */
  readonly foldArch: boolean;
}

/** What a run will publish: everything the operator can see of it is decided here, without any I/O. */
export interface Plan {
  readonly lists: readonly PlannedList[];
  readonly artifacts: readonly PlannedArtifact[];
  /** Names that are asked for and cannot be published; nothing of this run goes under them. */
  readonly failures: readonly PlannedFailure[];
  readonly warnings: readonly Notice[];
}

/**
 * Plans a run over all archives, in steps. Throws one `AirgapError` that lists every problem: flags against binaries, two images
 * for one place, names that collide, images of the list that are not there.
 */
export function* planLoad(sources: readonly GivenSource[], options: PlanOptions): Steps<Plan> {
  const wanted = listWanted(options);
  const { failures, damage, warnings } = yield* planFaults(sources, options, wanted);
  if (damage.length > 0) throw joinErrors(damage);
  const draft = yield* draftImages(sources, options, wanted);
  const drafted = yield* draftLists(draft.images, options);
  const others = yield* planArtifacts(sources, options, wanted);
  append(draft.warnings, warnings, drafted.warnings);
  append(draft.problems, drafted.problems);
  const isSound = ({ target }: { target: TargetName }): boolean => !failed.has(formatTarget(target));
  const drafts = yield* foldArchTags(drafted.lists);
  const all = platformsOf(drafts);
  yield* checkExtent(drafts, all);
  const finished: PlannedList[] = [];
  for (const list of drafts) {
    yield;
    finished.push(finishList(list, all, options));
  }
  const failed = new Map([...failPins(finished), ...failures]);
  const lists = drafts.filter(isSound);
  const artifacts = others.filter(isSound);
  if (draft.problems.length === 0) {
    const found = { lists, artifacts, failures: [...failed.values()] };
    const missing = yield* checkImageList(sources, found, options);
    append(draft.problems, missing.problems);
    append(draft.warnings, missing.warnings);
  }
  yield;
  append(draft.problems, yield* findTagCollisions(lists, artifacts));
  if (draft.problems.length > 0) throw reportProblems(draft.problems);
  const planned = finished.filter(isSound);
  const referrers = yield* planReferrers(sources, { lists: planned, artifacts }, options, wanted);
  append(draft.warnings, referrers.warnings);
  const isAllowed = options.allowMissing && wanted !== undefined;
  const expected = sources.flatMap(({ source }) => source.expected ?? []);
  const publishable = [lists, artifacts, referrers.artifacts, expected];
  if (!isAllowed && publishable.every(({ length }) => length === 0)) {
    throw sayEmpty(draft, [...failed.values()]);
  }
  const unused = sayUnusedOptions(sources, options);
  return {
    lists: planned,
    artifacts: [...artifacts, ...referrers.artifacts],
    failures: [...failed.values()],
    warnings: [
      ...draft.warnings,
      ...sayMissing(planned),
      ...sayLostPins(planned),
      ...suggestFold(lists),
      ...unused,
    ],
  };
}

interface Draft {
  readonly images: PlannedImage[];
  readonly warnings: Notice[];
  readonly problems: PlanProblem[];
}

/** However many there are: what is spread into arguments has to fit on the stack. */
function append<T>(list: T[], ...more: readonly (readonly T[])[]): void {
  for (const items of more) for (const item of items) list.push(item);
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
export function* planSource(given: GivenSource, options: PlanOptions): Steps<readonly PlannedChild[]> {
  const wanted = listWanted(options);
  const { failures, damage } = yield* planFaults([given], options, wanted);
  const draft = yield* draftImages([given], options, wanted);
  const { lists, problems } = yield* draftLists(draft.images, options);
  const collisions = yield* findTagCollisions(lists, []);
  if (damage.length + draft.problems.length + problems.length + collisions.length > 0) return [];
  return lists
    .filter(({ target }) => !failures.has(formatTarget(target)))
    .flatMap(({ target, entries }) => [...entries.values()].map((entry) => ({ target, entry })));
}

function* draftImages(
  sources: readonly GivenSource[],
  options: PlanOptions,
  wanted: WantedNames | undefined,
): Steps<Draft> {
  const draft: Draft = { images: [], warnings: [], problems: [] };
  for (const given of sources) {
    const { title, notices } = given.source;
    for (const notice of notices) draft.warnings.push({ ...notice, text: `${title}: ${notice.text}` });
    const choice = chooseImages(given, wanted);
    append(draft.warnings, choice.notes);
    append(draft.problems, choice.problems);
    const plans: ImagePlan[] = [];
    for (const image of choice.images) {
      yield;
      plans.push(planImage(given, image, options, wanted));
    }
    draftImagesOf(given, plans, draft);
  }
  return draft;
}

function draftImagesOf(given: GivenSource, plans: readonly ImagePlan[], draft: Draft): void {
  const asked = plans.filter(({ kind }) => kind !== "unwanted");
  const problems = asked.flatMap((plan) => (plan.kind === "problem" ? plan.problem : []));
  append(draft.problems, joinMisgiven(given, asked.length, problems));
  const runsAs = asked.map((plan) => (plan.kind === "planned" ? plan.runsAs : undefined));
  append(draft.warnings, sayRunElsewhere(given, asked.length, runsAs));
  for (const plan of asked) {
    if (plan.kind === "planned") draft.images.push(plan.image);
    if (plan.kind === "planned" || plan.kind === "unnamed") append(draft.warnings, plan.warnings);
  }
}

function listWanted({ imageList, foldArch }: PlanOptions): WantedNames | undefined {
  return imageList && new WantedNames(imageList, foldArch);
}

/** A run that would publish nothing at all, where nobody allowed that, is no success. */
function sayEmpty({ warnings }: Draft, failures: readonly PlannedFailure[]): AirgapError {
  if (failures.length > 0) return joinErrors(failures.map(({ error }) => error));
  const texts = warnings.filter(({ severity }) => severity === "warning").map(({ text }) => text);
  const reasons = texts.length > 0 ? texts : ["they hold no image that is to be published"];
  return reportProblems(reasons.map((text) => ({ code: "NOTHING_TO_PUBLISH", exit: "content", text })));
}

function platformsOf(lists: readonly ListDraft[]): Platform[] {
  const platforms = new Map<string, Platform>();
  for (const list of lists) {
    for (const [key, { image }] of list.entries) platforms.set(key, image.platform);
  }
  return [...platforms.values()].sort(comparePlatforms);
}

/** Names by platforms, layers under all names, and what the indexes under all names list: real runs have some thousands. */
const maxExtent = 200_000;

/** A small archive may list many things under many names: what comes of that grows with both. */
function* checkExtent(lists: readonly ListDraft[], platforms: readonly Platform[]): Steps<void> {
  let [layers, listed] = [0, 0];
  for (const { entries } of lists) {
    yield;
    const images = [...entries.values()].map(({ image }) => image.sourceImage);
    const indexes = new Set(images.flatMap(({ whole, index }) => [whole?.manifest, index?.manifest]));
    for (const image of images) layers += image.layers.length;
    for (const index of indexes) listed += index?.manifests.length ?? 0;
  }
  if (Math.max(lists.length * platforms.length, layers, listed) <= maxExtent) return;
  throw new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot publish these archives: ${lists.length} names for ${platforms.length} platforms with ${layers} layers are more than any release has`,
    { hint: "If they are meant so, load them in parts: --image-list FILE." },
  );
}

/** A name that has one variant of an architecture does not lack the other variants that other names have. */
function finishList(list: ListDraft, all: readonly Platform[], options: PlanOptions): PlannedList {
  const entries = [...list.entries.values()].sort((a, b) =>
    comparePlatforms(a.image.platform, b.image.platform),
  );
  const present = new Set(entries.map(({ image }) => `${image.platform.os}/${image.platform.architecture}`));
  const { source, target } = list;
  const pin = isDigest(target.tag) ? target.tag : undefined;
  const pins = pin ? [pin] : list.pins;
  const missing = all.filter((platform) => !pin && !present.has(`${platform.os}/${platform.architecture}`));
  const single = (pin !== undefined || !options.alwaysList) && isSingle(target, entries, pins);
  const verbatim = options.dropAttestations || single ? undefined : chooseIndex(entries, pins);
  return { source, target, entries, missing, single, pins, ...(verbatim ? { verbatim } : {}) };
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

function listNames({ names = [] }: PlanProblem, indent: string): string[] {
  return names.map((name) => `${indent}- ${name}`);
}

function reportProblems(problems: readonly PlanProblem[]): AirgapError {
  const [first] = problems as [PlanProblem];
  const message =
    problems.length === 1
      ? [`Cannot publish these archives: ${first.text}`, ...listNames(first, "  ")]
      : [
          `Cannot publish these archives, for ${problems.length} reasons:`,
          ...problems.flatMap((problem) => [`  - ${problem.text}`, ...listNames(problem, "    ")]),
        ];
  const remedies = listRemedies(problems);
  const exit = problems.some((problem) => problem.exit === "content") ? "content" : "usage";
  const hint = remedies.length
    ? ["If you know better, settle it with:", ...remedies.map((remedy) => `  ${remedy}`)]
    : undefined;
  return new AirgapError(first.code, message, {
    exit,
    ...(hint ? { hint } : {}),
  });
}

/** Each once; by name where a name has one problem, else by what is closer. */
function listRemedies(problems: readonly PlanProblem[]): string[] {
  const names = new Map<string, number>();
  for (const { shared } of problems) if (shared) names.set(shared.name, (names.get(shared.name) ?? 0) + 1);
  const remedies = problems.flatMap(({ remedy, shared }) => {
    const isShared = shared && (names.get(shared.name) ?? 0) > 1;
    return (isShared ? shared.remedy : remedy) ?? [];
  });
  return [...new Set(remedies)];
}
