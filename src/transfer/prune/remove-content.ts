import type { ManagedRepository } from "../../content/repository.ts";
import { AirgapError, isReportable } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { PlannedTag, RemovalPlan } from "./plan-removal.ts";
import type { Removal } from "./removal.ts";
import { readTags, type RepositorySurvey } from "./survey-repository.ts";

export interface RemovalOptions {
  /** Told of each tag and manifest that was dealt with. */
  readonly onRemoval: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Carries a plan out: first tags whose manifests stay, then manifests, each before what it names. The tags are read once more
 * right before, and where one has moved since, nothing is deleted and `REPOSITORY_CHANGED` thrown. A failure ends it; what was
 * done until then is given with it.
 */
export async function removeContent(
  repository: ManagedRepository,
  survey: RepositorySurvey,
  plan: RemovalPlan,
  { onRemoval, signal }: RemovalOptions,
): Promise<Removal[]> {
  await checkUnchanged(repository, survey, signal);
  const stay = new Map(plan.kept.map((tag) => [tag, survey.tags.get(tag)]));
  const removals: Removal[] = [];
  const attempt = async (reference: string, digest: Digest, run: () => Promise<Removal>): Promise<void> => {
    try {
      removals.push(await run());
    } catch (error) {
      if (!isReportable(error, signal)) throw error;
      removals.push({ reference, digest, outcome: "failed", error });
    }
    onRemoval();
  };
  for (const planned of plan.tags.filter(({ alone }) => alone !== undefined)) {
    await attempt(planned.tag, planned.digest, () => removeTagAlone(repository, planned, stay, signal));
  }
  const hasFailed = (): boolean => removals.some(({ error }) => error);
  for (const digest of plan.digests) {
    if (hasFailed()) break;
    await attempt(digest, digest, async () => {
      await removeManifest(repository, digest, signal);
      return { reference: digest, digest, outcome: "deleted" };
    });
  }
  const gone = new Set(removals.flatMap(({ outcome, digest }) => (outcome === "deleted" ? [digest] : [])));
  for (const { tag, digest, alone } of plan.tags.filter((planned) => gone.has(planned.digest))) {
    if (alone !== undefined) continue;
    await attempt(tag, digest, async () => {
      if (await repository.resolve(tag, signal)) await repository.deleteManifest(tag, signal);
      return { reference: tag, digest, outcome: "deleted" };
    });
  }
  return removals;
}

async function checkUnchanged(
  repository: ManagedRepository,
  { tags }: RepositorySurvey,
  signal?: AbortSignal,
): Promise<void> {
  const now = await readTags(repository, signal);
  const moved = [...new Set([...tags.keys(), ...now.keys()])].find((tag) => tags.get(tag) !== now.get(tag));
  if (moved === undefined) return;
  throw new AirgapError(
    "REPOSITORY_CHANGED",
    `Cannot delete from "${repository.title}": somebody changed tag "${moved}" meanwhile`,
    { exit: "partial", hint: "Nothing of this repository was deleted: run the same command again." },
  );
}

async function removeManifest(
  repository: ManagedRepository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<void> {
  const outcome = await repository.deleteManifest(digest, signal);
  if (outcome === "deleted" || !(await repository.resolve(digest, signal))) return;
  throw new AirgapError(
    "DELETE_REFUSED",
    `Cannot delete "${repository.title}@${digest}": the registry answered that it is not there, and it is`,
    { exit: "denied", hint: "The registry deletes nothing here: delete in its own interface." },
  );
}

/**
 * Takes a tag off what stays. A registry that deletes the manifest as well gets it back, under all tags that stay on it, and the
 * tag that was to go counts as failed.
 */
async function removeTagAlone(
  repository: ManagedRepository,
  { tag, digest, alone = "" }: PlannedTag,
  stay: ReadonlyMap<string, Digest | undefined>,
  signal?: AbortSignal,
): Promise<Removal> {
  const manifest = await repository.fetchManifest(digest, signal);
  const outcome = await repository.deleteManifest(tag, signal);
  if (outcome === "refused") {
    const because = `${alone}, and the registry deletes manifests only, with all their tags`;
    return { reference: tag, digest, outcome: "kept", because };
  }
  if (!manifest || (await repository.resolve(digest, signal))) {
    return { reference: tag, digest, outcome: "deleted", because: alone };
  }
  const others = [...stay].flatMap(([other, named]) => (named === digest ? [other] : []));
  for (const reference of [digest, ...others]) await repository.pushManifest(reference, manifest, signal);
  throw new AirgapError(
    "DELETE_REFUSED",
    `Cannot delete tag "${repository.title}:${tag}" alone: the registry deleted ${digest} with it`,
    { exit: "protocol", hint: "The manifest was put back, under the other tags that it had." },
  );
}
