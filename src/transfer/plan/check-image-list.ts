import { findNearestWord, findSimilarWord } from "../../content/find-similar-word.ts";
import { familiarReference, parseReference, type Reference } from "../../oci/reference.ts";
import { platformKey } from "../../oci/platform.ts";
import type { ListDraft } from "./draft-lists.ts";
import type { PlannedArtifact } from "./plan-artifacts.ts";
import type { PlannedFailure } from "./plan-faults.ts";
import { digestsOf, type PlanProblem } from "./plan-image.ts";
import type { GivenSource } from "./planned-image.ts";
import { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";
import { groupBy } from "../../content/group-by.ts";
import type { Steps } from "../../content/turns.ts";

/** What the archives have, before it is said what of it is missing. */
interface Found {
  readonly lists: readonly ListDraft[];
  readonly artifacts: readonly PlannedArtifact[];
  readonly failures: readonly PlannedFailure[];
}

/**
 * Every name of `--image-list` must be in the archives of every architecture, unless `--allow-missing`; an artifact is of
 * none, and what cannot be published is told as such.
 */
export function* checkImageList(
  sources: readonly GivenSource[],
  found: Found,
  { imageList = [], listedAt, allowMissing, foldArch }: ListOptions,
): Steps<{ readonly problems: readonly PlanProblem[]; readonly warnings: readonly Notice[] }> {
  const missing: Missing[] = [];
  for (const name of imageList) {
    yield;
    const havers = findHavers(new WantedNames([name], foldArch), parseReference(name), found);
    if (havers === "all") continue;
    const groups = groupSources(sources).filter((group) => !group.some((given) => havers.has(given)));
    for (const group of groups) {
      const meant = missing.length < mostProposals ? findMeant(name, group) : undefined;
      const archives = group.map(({ source }) => source.title).join(", ");
      missing.push({ name: placeOf(name, listedAt), meant, archives });
    }
  }
  return allowMissing
    ? { problems: [], warnings: missing.map(warnOf) }
    : { problems: reportMissing(missing), warnings: [] };
}

interface ListOptions {
  readonly imageList?: readonly string[];
  readonly listedAt?: ReadonlyMap<string, string>;
  readonly allowMissing: boolean;
  readonly foldArch: boolean;
}

/** A name that archives should have. */
interface Missing {
  /** With where it is written. */
  readonly name: string;
  /** What they have, and was probably meant. */
  readonly meant: string | undefined;
  readonly archives: string;
}

function placeOf(name: string, listedAt: ListOptions["listedAt"]): string {
  const where = listedAt?.get(name);
  return where === undefined ? name : `${name} (${where})`;
}

function warnOf({ name, meant, archives }: Missing): Notice {
  const subject = meant ? `${name}, for which ${meant} may be meant` : name;
  return { severity: "warning", subject, text: `is on the image list and not in ${archives}` };
}

/** Those that the same archives lack are one problem. */
function reportMissing(missing: readonly Missing[]): PlanProblem[] {
  return [...groupBy(missing, ({ archives }) => archives)].map(([archives, group]) => ({
    code: "IMAGE_MISSING",
    exit: "content",
    remedy: "--allow-missing",
    ...tellMissing(archives, group),
  }));
}

function tellMissing(archives: string, group: readonly Missing[]): Pick<PlanProblem, "text" | "names"> {
  const [{ name, meant }] = group as [Missing];
  if (group.length === 1) {
    return {
      text: `${name} is on the image list and not in ${archives}${meant ? `, which has ${meant}` : ""}`,
    };
  }
  return {
    text: `${group.length} names of the image list are not in ${archives}`,
    names: group.map((each) => `${each.name}${each.meant ? `: there is ${each.meant}` : ""}`),
  };
}

/** Comparing each name with each takes time, and nobody reads more. */
const mostProposals = 20;

/** An archive's name as people write it; nothing for what is none. */
function familiar(name: string): string[] {
  try {
    return [familiarReference(parseReference(name))];
  } catch {
    return [];
  }
}

/** Another name that archives have: another tag of the same image, or one with a slip or two where two are not half of it. */
function findMeant(name: string, sources: readonly GivenSource[]): string | undefined {
  const wanted = familiarReference(parseReference(name));
  const names = sources.flatMap(({ source }) =>
    source.images.flatMap((image) => image.names.flatMap(familiar)),
  );
  const repository = wanted.replace(/(?:@.*|:[^:/]*)$/, "");
  const sameImage = names.filter((other) => other.startsWith(`${repository}:`));
  return (
    findNearestWord(wanted, sameImage) ??
    (wanted.length > shortName ? findSimilarWord(wanted, names) : undefined)
  );
}

const shortName = 8;

/** The archives that have a name of the list. */
function findHavers(
  wanted: WantedNames,
  { digest }: Reference,
  { lists, artifacts, failures }: Found,
): "all" | ReadonlySet<GivenSource> {
  if (artifacts.some(({ source, artifact }) => wanted.has(source, [artifact.manifest.descriptor.digest]))) {
    return "all";
  }
  if (failures.some(({ source }) => source && wanted.has(source, digest ? [digest] : []))) return "all";
  const images = lists.flatMap(({ sources, entries }) =>
    [...entries.values()].flatMap(({ image }) =>
      sources.some((source) => wanted.has(source, digestsOf(image.sourceImage))) ? image : [],
    ),
  );
  return new Set(images.map(({ given }) => given));
}

/** Archives of one architecture may share its images among them. */
function groupSources(sources: readonly GivenSource[]): GivenSource[][] {
  return [...groupBy(sources, ({ flag }) => (flag ? platformKey(flag) : "")).values()];
}
