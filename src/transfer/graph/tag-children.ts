import type { ArchTags } from "../../content/option-words.ts";
import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RawManifest } from "../../oci/manifest.ts";
import { pushOnce } from "./push-once.ts";
import { unlessHidden } from "./unless-hidden.ts";

/** An image that a list names, and the tag that is its own. */
export interface TaggedChild {
  readonly tag: string;
  readonly manifest: RawManifest;
}

export interface TagOptions {
  readonly archTags: ArchTags;
  /** Whether a tag that is there may be moved; without it a tag that names something else is left alone. */
  readonly mayMove: (tag: string, there: Digest) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts a list's images under their tags, once the list stands: until then the old list may live on what the tags name. Where
 * no tags are wanted, those that exist are kept current, so that nobody pulls an old image by them. Gives the tags that name
 * the images now, with what was there instead.
 */
export async function tagChildren(
  repository: Repository,
  children: readonly TaggedChild[],
  { archTags, mayMove, signal }: TagOptions,
): Promise<Map<string, Digest | undefined>> {
  const tagged = new Map<string, Digest | undefined>();
  if (archTags === "never") return tagged;
  const makes = await makesTags(repository, archTags);
  for (const { tag, manifest } of children) {
    const there = await unlessHidden(repository.resolve(tag, signal));
    if (there ? !isSame(there.digest, manifest) && !mayMove(tag, there.digest) : !makes) continue;
    tagged.set(tag, await pushOnce(repository, tag, manifest, signal));
  }
  return tagged;
}

/** Whether tags that are not there yet are made in a repository. */
export async function makesTags(repository: Repository, archTags: ArchTags): Promise<boolean> {
  if (archTags !== "auto") return archTags === "always";
  return repository.keepsUntagged ? !(await repository.keepsUntagged()) : false;
}

function isSame(digest: Digest, { descriptor }: RawManifest): boolean {
  return digest === descriptor.digest;
}
