import { groupBy } from "../../content/group-by.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isIndexType } from "../../oci/media-type.ts";
import { printable } from "../../oci/printable.ts";
import { isReferrersTag, referrersTag } from "../../oci/subject-tags.ts";
import { type AnnotatedNames, annotatedNames, mergeNames } from "./image-names.ts";
import { listAnnotation, repositoryAnnotation } from "./own-annotations.ts";

/** An entry of `index.json`; several that name the same manifest are one. */
export interface Root {
  readonly descriptor: Descriptor;
  readonly names: AnnotatedNames;
  /** The same in one list, each once. */
  readonly allNames: readonly string[];
  /** As `index.json` has it. */
  readonly entries: readonly Descriptor[];
  /** For messages. */
  readonly title: string;
}

/** Those with names first, then indexes, so that what they list is known. */
export function collectRoots(descriptors: readonly Descriptor[], repository: string | undefined): Root[] {
  // One manifest can be an image of its own, and the only one that was chosen from a list.
  const groups = groupBy(descriptors, (descriptor) =>
    [descriptor.digest, descriptor.annotations?.get(listAnnotation), placeOf(descriptor)].join(" "),
  );
  const roots = [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => rootOf(first, group, repository)),
  );
  return roots.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function rankOf(root: Root): number {
  if (!isNameless(root)) return 0;
  return isIndexType(root.descriptor.mediaType) ? 1 : 2;
}

export function isNameless({ allNames, names }: Pick<Root, "allNames" | "names">): boolean {
  return allNames.length + names.tags.length === 0;
}

/** Whether it is something that a repository has under no tag. */
export function isUntagged(root: Root): boolean {
  return isNameless(root) && placeOf(root.descriptor) !== undefined;
}

function placeOf({ annotations }: Descriptor): string | undefined {
  return annotations?.get(repositoryAnnotation);
}

function rootOf(descriptor: Descriptor, group: readonly Descriptor[], repository: string | undefined): Root {
  const all = group.map(annotatedNames);
  const containerd = all.flatMap((names) => names.containerd);
  const tags = all.flatMap((names) => names.tags);
  const inFull =
    repository === undefined || containerd.length > 0 ? [] : tags.map((tag) => `${repository}:${tag}`);
  const ref = [...all.flatMap((names) => names.ref), ...inFull];
  const allNames = mergeNames(containerd, ref);
  const [name = descriptor.digest] = allNames;
  const root = {
    descriptor,
    names: { containerd, ref, tags },
    allNames,
    entries: group,
    title: printable(name),
  };
  const place = placeOf(descriptor);
  if (place === undefined || !isNameless(root)) return root;
  // What a repository has under no tag is called by its digest there.
  return { ...root, names: { ...root.names, ref: [`${place}@${descriptor.digest}`] } };
}

/**
 * Registries without a list of referrers have it as an index under a tag (distribution-spec, referrers tag schema). Hauler
 * gives an image that was asked for by its digest such a tag as well, of its own digest.
 */
export function isReferrersIndex({ names, descriptor }: Root): boolean {
  const tags = [...names.containerd, ...names.ref].map((name) => name.slice(name.lastIndexOf(":") + 1));
  return [...names.tags, ...tags].some(
    (tag) => isReferrersTag(tag) && tag !== referrersTag(descriptor.digest),
  );
}
