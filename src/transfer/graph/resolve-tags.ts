import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";

/** In a repository with more tags than that a few are asked for one by one, so that their cost does not grow with all others. */
const fewTags = 100;

const large = new WeakSet<Repository>();

/** What some tags are on, those that are there; in few requests where most are not, as long as the repository is small. */
export async function resolveTags(
  repository: Repository,
  tags: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Digest>> {
  const present = await dropAbsent(repository, tags, signal);
  const found = await Promise.all(
    present.map(async (tag) => [tag, await repository.resolve(tag, signal)] as const),
  );
  return new Map(found.flatMap(([tag, descriptor]) => (descriptor ? [[tag, descriptor.digest]] : [])));
}

async function dropAbsent(
  repository: Repository,
  tags: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (large.has(repository)) return tags;
  const all = new Set(await repository.listTags(signal));
  if (all.size > fewTags) large.add(repository);
  return tags.filter((tag) => all.has(tag));
}
