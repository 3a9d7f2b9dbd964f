import type { ArchTags } from "../../content/option-words.ts";
import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RawManifest } from "../../oci/manifest.ts";
import { unlessHidden } from "./unless-hidden.ts";

/** An image that a list names, and the tag that is its own. */
export interface TaggedChild {
  readonly tag: string;
  readonly digest: Digest;
  /** Reads it where the tag is to be moved; undefined where it is not there. */
  readonly read: () => Promise<RawManifest | undefined>;
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
  for (const { tag, digest, read } of children) {
    const there = (await unlessHidden(repository.resolve(tag, signal)))?.digest;
    if (there === undefined ? !makes : there !== digest && !mayMove(tag, there)) continue;
    const manifest = there === digest ? undefined : await read();
    if (manifest) await repository.pushManifest(tag, manifest, signal);
    if (manifest || there === digest) tagged.set(tag, manifest && there);
  }
  return tagged;
}

/** Whether tags that are not there yet are made in a repository. */
export async function makesTags(repository: Repository, archTags: ArchTags): Promise<boolean> {
  if (archTags !== "auto") return archTags === "always";
  return repository.keepsUntagged ? !(await repository.keepsUntagged()) : false;
}

/** Whether {@link tagChildren} puts an image under a tag that may be moved: one that is made, or kept current. */
export async function usesTag(
  repository: Repository,
  tag: string,
  { archTags, signal }: Pick<TagOptions, "archTags" | "signal">,
): Promise<boolean> {
  if (archTags === "never") return false;
  if (await makesTags(repository, archTags)) return true;
  return (await unlessHidden(repository.resolve(tag, signal))) !== undefined;
}
