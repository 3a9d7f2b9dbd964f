import pLimit from "p-limit";
import type { Repository } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { partsOf } from "../../oci/manifest.ts";
import { referrersTag, subjectKey } from "../../oci/subject-tags.ts";
import { CountTask } from "../report/count-task.ts";
import type { OnEvent } from "../report/events.ts";
import { findManifest } from "../graph/find-manifest.ts";

/** A manifest or a list that is in a repository. */
export interface SurveyedManifest {
  /** What it names, as it names it. */
  readonly children: readonly Descriptor[];
  /** The digests of what refers to it: as the registry lists them, and under tags made of its own digest. */
  readonly referrers: readonly Digest[];
  /** Why nobody can say what it names, where it is no manifest. */
  readonly fault?: string;
}

/** All that is known to be in a repository. What no tag leads to is told by no registry, and is not in here. */
export interface RepositorySurvey {
  readonly tags: ReadonlyMap<string, Digest>;
  readonly manifests: ReadonlyMap<Digest, SurveyedManifest>;
}

/** Requests at a time. */
const parallelReads = 8;

/**
 * Reads what is in a repository: all tags, all that they name, and all that refers to any of it. `also` are digests to begin at
 * besides. Whatever cannot be read for another reason than that it is not there ends it: what to keep could not be told.
 */
export async function surveyRepository(
  repository: Repository,
  also: readonly Digest[],
  { onEvent, signal }: { readonly onEvent: OnEvent; readonly signal: AbortSignal | undefined },
): Promise<RepositorySurvey> {
  const tags = await readTags(repository, signal);
  const told = { activity: "looking through", title: repository.title, noun: "manifest" } as const;
  const task = new CountTask(told, onEvent);
  const attached = groupBySubject(tags);
  const manifests = new Map<Digest, SurveyedManifest>();
  const seen = new Set<Digest>();
  let next = [...tags.values(), ...also];
  while (next.length > 0) {
    const found = await pLimit(parallelReads).map(addAll(seen, next), async (digest) => {
      const manifest = await surveyManifest(repository, digest, attached, signal);
      if (manifest) manifests.set(digest, manifest);
      task.add();
      return manifest ? [...manifest.children.map((child) => child.digest), ...manifest.referrers] : [];
    });
    next = found.flat();
  }
  task.end();
  return { tags, manifests };
}

/** All tags with what they name; one that names nothing is left out. */
export async function readTags(
  repository: Repository,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Digest>> {
  const names = [...new Set(await repository.listTags(signal))].sort();
  const found = await pLimit(parallelReads).map(
    names,
    async (tag) => [tag, (await repository.resolve(tag, signal))?.digest] as const,
  );
  return new Map(found.flatMap(([tag, digest]) => (digest ? [[tag, digest] as const] : [])));
}

async function surveyManifest(
  repository: Repository,
  digest: Digest,
  attached: ReadonlyMap<string, readonly Digest[]>,
  signal?: AbortSignal,
): Promise<SurveyedManifest | undefined> {
  const manifest = await findManifest(repository, digest, signal);
  if (!manifest) return undefined;
  const listed = await repository.listReferrers(digest, signal);
  const referrers = [
    ...listed.map((referrer) => referrer.digest),
    ...(attached.get(referrersTag(digest)) ?? []),
  ];
  if (manifest.kind === "unreadable") return { children: [], referrers, fault: manifest.fault };
  return { children: partsOf(manifest).manifests, referrers };
}

/** What tags made of digests name, by the key of the digest. */
function groupBySubject(tags: ReadonlyMap<string, Digest>): ReadonlyMap<string, readonly Digest[]> {
  const groups = new Map<string, Digest[]>();
  for (const [tag, digest] of tags) {
    const key = subjectKey(tag);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), digest]);
  }
  return groups;
}

/** Adds what is not in a set, and gives that. */
function addAll<T>(set: Set<T>, values: readonly T[]): T[] {
  const added = [...new Set(values)].filter((value) => !set.has(value));
  for (const value of added) set.add(value);
  return added;
}
