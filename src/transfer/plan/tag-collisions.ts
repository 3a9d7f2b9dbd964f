import type { Steps } from "../../content/turns.ts";
import type { ListDraft } from "./draft-lists.ts";
import { buildArchTag } from "../../oci/arch-tag.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { PlannedArtifact } from "./plan-artifacts.ts";
import type { PlanProblem } from "./plan-image.ts";
import type { PlannedImage } from "./planned-image.ts";
import { formatTarget, type TargetName } from "../report/target-name.ts";

interface TaggedList {
  readonly target: TargetName;
  readonly entries: ReadonlyMap<string, { readonly image: PlannedImage; readonly archTag?: string }>;
}

/** What a tag is needed for. */
interface Claim {
  readonly tagged: string;
  readonly owner: string;
  /** Whether it is a child's, which another template or none can change. */
  readonly isChild?: true;
}

/**
 * Tags that are needed twice: a per-architecture tag must not be another list's tag, nor that of another platform, and
 * neither an artifact's (decision 10).
 */
export function* findTagCollisions(
  lists: readonly TaggedList[],
  artifacts: readonly PlannedArtifact[],
): Steps<PlanProblem[]> {
  const whole = [...lists.map(claimList), ...artifacts.map(claimArtifact)];
  const ofChildren: Claim[] = [];
  for (const list of lists) {
    yield;
    for (const claim of claimArchTags(list)) ofChildren.push(claim);
  }
  let remedy: string | undefined;
  const owners = new Map<string, string>();
  const problems: PlanProblem[] = [];
  for (const { tagged, owner, isChild } of [...whole, ...ofChildren]) {
    yield;
    const other = owners.get(tagged);
    owners.set(tagged, owner);
    if (other === undefined) continue;
    const text = `the tag ${tagged} is needed twice: for ${other} and for ${owner}`;
    if (isChild) remedy ??= findRemedy(whole, lists);
    problems.push({
      code: "TAG_COLLISION",
      exit: "usage",
      text,
      ...(isChild && remedy !== undefined ? { remedy } : {}),
    });
  }
  return problems;
}

const otherTemplate = "{tag}_{platform}";

/** The option that gives children other tags, or where these are needed twice too, none. */
function findRemedy(whole: readonly Claim[], lists: readonly TaggedList[]): string {
  const tags = [...whole, ...lists.flatMap((list) => claimArchTags(list, otherTemplate))].map(
    ({ tagged }) => tagged,
  );
  return new Set(tags).size === tags.length ? `--arch-tag '${otherTemplate}'` : "--no-arch-tags";
}

function claimList({ target }: TaggedList): Claim {
  const tagged = formatTarget(target);
  return { tagged, owner: `the list ${tagged}` };
}

function claimArtifact({ target, artifact }: PlannedArtifact): Claim {
  const digest = shortDigest(artifact.manifest.descriptor.digest);
  return { tagged: formatTarget(target), owner: `the artifact ${digest}` };
}

/** The children's tags as they are planned, or as a template would make them. */
function claimArchTags({ target, entries }: TaggedList, template?: string): Claim[] {
  return [...entries.values()].flatMap(({ archTag, image }) => {
    if (archTag === undefined) return [];
    const tag = template === undefined ? archTag : buildArchTag(template, target.tag, image.platform);
    if (tag === undefined) return [];
    const tagged = formatTarget({ repository: target.repository, tag });
    return { tagged, owner: `${formatTarget(target)} for ${formatPlatform(image.platform)}`, isChild: true };
  });
}

/**
 * Without the names that are only the architecture tags of other lists of this run: what a load made is loaded again as it
 * was, from our own folder say. A tag that names something else than that child stays, and collides.
 */
export function* foldArchTags(lists: readonly ListDraft[]): Steps<ListDraft[]> {
  const children = new Map<string, Digest>();
  for (const { target, entries } of lists) {
    yield;
    for (const { archTag, image } of entries.values()) {
      const digest = image.sourceImage.manifest?.descriptor.digest;
      if (archTag !== undefined && digest) children.set(`${target.repository}:${archTag}`, digest);
    }
  }
  return lists.filter(({ target, entries }) => {
    const [only, ...others] = entries.values();
    const digest = others.length === 0 ? only?.image.sourceImage.manifest?.descriptor.digest : undefined;
    return !digest || children.get(`${target.repository}:${target.tag}`) !== digest;
  });
}
