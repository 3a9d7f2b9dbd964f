import { AirgapError } from "../../oci/airgap-error.ts";
import { fillArchTag } from "../../oci/arch-tag.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { referrersTag, subjectKey } from "../../oci/subject-tags.ts";
import { titleTarget } from "../report/target-name.ts";
import type { RepositorySurvey } from "./survey-repository.ts";

/** What is to go from a repository, and what was to go and stays. */
export interface RemovalPlan {
  /** Tags that go, with their manifests where those are in `digests`. */
  readonly tags: readonly PlannedTag[];
  /** Manifests that go, each before what it names and what it refers to. */
  readonly digests: readonly Digest[];
  /** Tags and digests that were not to be kept and stay, with the reason. */
  readonly spared: readonly SparedContent[];
  /** Tags that stay. */
  readonly kept: readonly string[];
}

export interface PlannedTag {
  readonly tag: string;
  readonly digest: Digest;
  /** The tag alone goes: what it names stays, for this reason. */
  readonly alone?: string;
}

export interface SparedContent {
  /** A tag or a digest. */
  readonly reference: string;
  readonly digest: Digest;
  readonly because: string;
}

/** Which references of a repository somebody wants: to stay, or to go. */
export type Selection =
  | { readonly kind: "keep"; readonly references: ReadonlySet<string> }
  | { readonly kind: "delete"; readonly references: ReadonlySet<string>; readonly archTag: string };

/**
 * Decides what goes from a repository. What stays is what is kept, whatever that names, whatever refers to any of it, and the
 * tags on those: a list's images under tags of their own, signatures, lists of referrers. A tag that speaks of a digest which is
 * not here stays as well: whose signature it is cannot be told. Throws `MANIFEST_INVALID` where it cannot be told what
 * something that is kept names. `title` is the repository's.
 */
export function planRemoval(title: string, survey: RepositorySurvey, selection: Selection): RemovalPlan {
  const { tags, manifests } = survey;
  const strays = findStrays(survey);
  const unwanted = findUnwanted(survey, selection, strays);
  const roots = new Map([...tags].filter(([tag]) => !unwanted.has(tag)));
  if (selection.kind === "keep") {
    for (const reference of selection.references) if (isDigest(reference)) roots.set(reference, reference);
  }
  const marks = mark(title, survey, roots, unwanted);
  const isKept = (tag: string, digest: Digest): boolean => roots.has(tag) || marks.inner.has(digest);
  const going = [...tags].filter(([tag, digest]) => !isKept(tag, digest));
  return {
    tags: going.map(([tag, digest]) => {
      const alone = marks.reasons.get(digest);
      return { tag, digest, ...(alone === undefined ? {} : { alone }) };
    }),
    digests: order(survey, new Set([...manifests.keys()].filter((digest) => !marks.reasons.has(digest)))),
    spared: [...new Set([...unwanted.keys(), ...strays])].flatMap((reference): SparedContent[] => {
      const digest = isDigest(reference) ? reference : tags.get(reference);
      if (!digest || (!isDigest(reference) && !isKept(reference, digest))) return [];
      const because = unwanted.has(reference) ? marks.reasons.get(digest) : strayReason;
      return because === undefined ? [] : [{ reference, digest, because }];
    }),
    kept: [...tags].flatMap(([tag, digest]) => (isKept(tag, digest) ? [tag] : [])),
  };
}

const strayReason = "what it speaks of is not in this repository";

/** Tags made of digests that are not here. */
function findStrays({ tags, manifests }: RepositorySurvey): Set<string> {
  const keys = new Set([...manifests.keys()].map(referrersTag));
  return new Set(
    [...tags.keys()].filter((tag) => {
      const key = subjectKey(tag);
      return key !== undefined && !keys.has(key);
    }),
  );
}

/** The tags and digests that nobody asks to keep, with whether somebody asks to delete just them. */
function findUnwanted(
  survey: RepositorySurvey,
  selection: Selection,
  strays: ReadonlySet<string>,
): Map<string, "named" | "follows"> {
  const { references } = selection;
  const unwanted = new Map<string, "named" | "follows">();
  const tags = [...survey.tags.keys()];
  if (selection.kind === "keep") {
    for (const tag of tags) if (!references.has(tag) && !strays.has(tag)) unwanted.set(tag, "follows");
    return unwanted;
  }
  for (const tag of tags) if (subjectKey(tag) !== undefined && !strays.has(tag)) unwanted.set(tag, "follows");
  for (const tag of listArchTags(survey, selection)) unwanted.set(tag, "follows");
  for (const reference of references) unwanted.set(reference, "named");
  return unwanted;
}

/** The tags that the images of lists which are to go have of their own. */
function listArchTags(
  { tags, manifests }: RepositorySurvey,
  { references, archTag }: Extract<Selection, { kind: "delete" }>,
): string[] {
  return [...references].flatMap((tag) => {
    const list = tags.get(tag);
    const children = (list && manifests.get(list)?.children) ?? [];
    const own = children.map(({ digest, platform }) => ({
      digest,
      tag: platform ? fillArchTag(archTag, tag, platform) : "",
    }));
    return own.flatMap((child) => (tags.get(child.tag) === child.digest ? [child.tag] : []));
  });
}

interface Marks {
  /** Of each digest that stays, why. */
  readonly reasons: ReadonlyMap<Digest, string>;
  /** Those that something which stays names, or that refer to it: their tags stay with them. */
  readonly inner: ReadonlySet<Digest>;
}

/** Follows everything from the roots, in both directions: what is named, and what refers to it unless that is named to go. */
function mark(
  title: string,
  { tags, manifests }: RepositorySurvey,
  roots: ReadonlyMap<string, Digest>,
  unwanted: ReadonlyMap<string, "named" | "follows">,
): Marks {
  const named = [...unwanted].flatMap(([reference, how]) => (how === "named" ? [reference] : []));
  const leaving = new Set(named.map((reference) => tags.get(reference) ?? reference));
  const reasons = new Map<Digest, string>();
  const names = new Map<Digest, string>();
  const inner = new Set<Digest>();
  const reach = (digest: Digest, name: string, reason: string): void => {
    if (reasons.has(digest)) return;
    reasons.set(digest, reason);
    names.set(digest, name);
  };
  for (const [reference, digest] of roots) reach(digest, reference, `${reference} names it`);
  // What is found is added to the map while it is walked.
  for (const digest of reasons.keys()) {
    const { children = [], referrers = [], fault } = manifests.get(digest) ?? {};
    const name = names.get(digest) ?? digest;
    if (fault !== undefined) throw unreadable(title, name, fault);
    const reached = [
      ...children.map((child) => [child.digest, `${name} lists it`] as const),
      ...referrers
        .filter((referrer) => !leaving.has(referrer))
        .map((referrer) => [referrer, `it refers to ${name}`] as const),
    ];
    for (const [found, reason] of reached.filter(([found]) => found !== digest)) {
      inner.add(found);
      reach(found, name, reason);
    }
  }
  return { reasons, inner };
}

function unreadable(title: string, reference: string, fault: string): AirgapError {
  return new AirgapError(
    "MANIFEST_INVALID",
    `Cannot tell what "${titleTarget(title, reference)}" needs, which is to stay: ${fault}`,
    { hint: "Nothing of this repository is deleted: delete that first, or leave the repository as it is." },
  );
}

/** Each before what it names and what it refers to, so that whatever is there at any moment is whole. */
function order({ manifests }: RepositorySurvey, doomed: ReadonlySet<Digest>): readonly Digest[] {
  const needs = new Map([...doomed].map((digest) => [digest, [] as Digest[]]));
  for (const digest of doomed) {
    const { children = [], referrers = [] } = manifests.get(digest) ?? {};
    needs.get(digest)?.push(...children.map((child) => child.digest));
    for (const referrer of referrers) needs.get(referrer)?.push(digest);
  }
  const begun = new Set<Digest>();
  const done = new Set<Digest>();
  // No recursion: lists may be nested as deep as somebody likes.
  const stack = [...doomed];
  for (let digest = stack.at(-1); digest !== undefined; digest = stack.at(-1)) {
    const next = begun.has(digest) ? [] : (needs.get(digest) ?? []).filter((need) => !begun.has(need));
    begun.add(digest);
    stack.push(...next.filter((need) => doomed.has(need)));
    if (next.length > 0 && stack.at(-1) !== digest) continue;
    done.add(digest);
    stack.pop();
  }
  return [...done].reverse();
}
