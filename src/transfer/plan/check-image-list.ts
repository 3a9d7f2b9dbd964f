import { findSimilarWord } from "../../content/find-similar-word.ts";
import { familiarReference, parseReference, type Reference } from "../../oci/reference.ts";
import { platformKey } from "../../oci/platform.ts";
import type { ListDraft } from "./draft-lists.ts";
import type { PlannedArtifact } from "./plan-artifacts.ts";
import type { PlannedFailure } from "./plan-faults.ts";
import { digestsOf, type PlanProblem } from "./plan-image.ts";
import type { GivenSource } from "./planned-image.ts";
import { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";
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
  {
    imageList = [],
    allowMissing,
    foldArch,
  }: { readonly imageList?: readonly string[]; readonly allowMissing: boolean; readonly foldArch: boolean },
): Steps<{ readonly problems: readonly PlanProblem[]; readonly warnings: readonly Notice[] }> {
  const missing: string[] = [];
  for (const name of imageList) {
    yield;
    const havers = findHavers(new WantedNames([name], foldArch), parseReference(name), found);
    if (havers === "all") continue;
    const groups = groupSources(sources).filter((group) => !group.some((given) => havers.has(given)));
    for (const group of groups) {
      const meant = missing.length < mostProposals ? findMeant(name, group) : undefined;
      const where = group.map(({ source }) => source.title).join(", ");
      missing.push(`${name} is on the image list and not in ${where}${meant ? `, which has ${meant}` : ""}`);
    }
  }
  if (allowMissing) return { problems: [], warnings: missing.map((text) => ({ severity: "warning", text })) };
  const remedy = "--allow-missing";
  return {
    problems: missing.map((text) => ({ code: "IMAGE_MISSING", exit: "content", text, remedy })),
    warnings: [],
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
  const sameImage = names.find((other) => other.startsWith(`${repository}:`));
  return sameImage ?? (wanted.length > shortName ? findSimilarWord(wanted, names) : undefined);
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
  const groups = new Map<string, GivenSource[]>();
  for (const given of sources) {
    const key = given.flag ? platformKey(given.flag) : "";
    groups.set(key, [...(groups.get(key) ?? []), given]);
  }
  return [...groups.values()];
}
