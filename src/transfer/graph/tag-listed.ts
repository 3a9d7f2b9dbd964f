import type { Repository } from "../../content/repository.ts";
import { isAttestation } from "../../oci/attestation.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { isTag } from "../../oci/reference.ts";
import { defaultArchTag, fillArchTag } from "../../oci/arch-tag.ts";
import { tagChildren, type TaggedChild } from "./tag-children.ts";
import type { ArchTags } from "../../content/option-words.ts";

/** A list that was copied under a tag, and what the tag named before. */
export interface CopiedList {
  readonly repository: Repository;
  readonly tag: string;
  readonly root: Manifest | ImageIndex;
  readonly previous: Digest | undefined;
}

/**
 * Gives the images of a copied list tags of their own, by the same rule as for loaded ones, also where the list was there
 * before. A tag of that name that does not name an image of the list before is somebody's own, and stays.
 */
export async function tagListed(
  { repository, tag, root, previous }: CopiedList,
  archTags: ArchTags,
  signal?: AbortSignal,
): Promise<void> {
  if (root.kind !== "index" || archTags === "never") return;
  const tagged = new Map<string, TaggedChild>();
  for (const child of root.manifests) {
    const own = child.platform && fillArchTag(defaultArchTag, tag, child.platform);
    if (own === undefined || isAttestation(child) || !isTag(own) || tagged.has(own)) continue;
    const { digest } = child;
    tagged.set(own, { tag: own, digest, read: () => repository.fetchManifest(digest, signal) });
  }
  const before = await listChildren(repository, previous, signal);
  const mayMove = (_tag: string, there: Digest): boolean => before.has(there);
  await tagChildren(repository, [...tagged.values()], { archTags, mayMove, signal });
}

async function listChildren(
  repository: Repository,
  list: Digest | undefined,
  signal?: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const raw = list === undefined ? undefined : await repository.fetchManifest(list, signal);
  const index = raw && parseManifest(raw.bytes, `"${repository.title}@${list}"`, raw.descriptor.mediaType);
  return new Set(index?.kind === "index" ? index.manifests.map(({ digest }) => digest) : []);
}
