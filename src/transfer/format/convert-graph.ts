import { attestationSubject } from "../../oci/attestation.ts";
import type { ContentReader } from "../../content/repository.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, type Manifest, partsOf } from "../../oci/manifest.ts";
import { type Family, familyOf, isManifestType } from "../../oci/media-type.ts";
import { convertIndex, convertManifest } from "./convert-manifest.ts";

/** A manifest, or an index with all that it lists, in one family of media types. */
export interface Conversion {
  readonly root: Manifest | ImageIndex;
  /** What was made of each manifest and index, by the digest that it had; nothing is here that stays as it is. */
  readonly changed: ReadonlyMap<Digest, Manifest | ImageIndex>;
  /** How many attestations stay behind, since they speak of digests that are no more. */
  readonly leftBehind: number;
}

/** Indexes within indexes; nobody writes more than two. */
const maxDepth = 4;

/** Gives what an index lists; undefined where it cannot be had, which keeps the index from being converted. */
export type FetchChild = (child: Descriptor) => Promise<Manifest | ImageIndex | undefined>;

/**
 * Converts an image or a list, children first, by their bytes alone, so that whoever does it gets the same digests. Gives the
 * root itself where it is of that family already, and where the family has no form for a part of it: all of it or nothing.
 */
export async function convertGraph(
  root: Manifest | ImageIndex,
  family: Family,
  fetch: FetchChild,
): Promise<Conversion> {
  const changed = new Map<Digest, Manifest | ImageIndex>();
  const left = new Set<Digest>();
  const convert = async (
    node: Manifest | ImageIndex,
    depth = 0,
  ): Promise<Manifest | ImageIndex | undefined> => {
    const converted =
      node.kind === "manifest" ? convertManifest(node, family) : await convertList(node, depth);
    if (converted && converted !== node) changed.set(node.descriptor.digest, converted);
    return converted;
  };
  const convertList = async (index: ImageIndex, depth: number): Promise<ImageIndex | undefined> => {
    if (depth > maxDepth || partsOf(index).blobs.length > 0) return undefined;
    const became = new Map<Digest, Descriptor>();
    for (const child of index.manifests) {
      if (attestationSubject(child) !== undefined) continue;
      const isSettled = isManifestType(child.mediaType) && familyOf(child.mediaType) === family;
      const found = isSettled ? undefined : await fetch(child);
      const converted = found && (await convert(found, depth + 1));
      if (!converted && !isSettled) return undefined;
      became.set(child.digest, converted?.descriptor ?? child);
    }
    return convertIndex(index, family, (child) => {
      const subject = attestationSubject(child);
      if (subject === undefined) return became.get(child.digest);
      if (!changed.has(subject) && familyOf(child.mediaType) === family) return child;
      left.add(child.digest);
      return undefined;
    });
  };
  const converted = await convert(root);
  return converted
    ? { root: converted, changed, leftBehind: left.size }
    : { root, changed: new Map(), leftBehind: 0 };
}

/** The content of a source as it is after a conversion: what was made by it, and all else from there. */
export function readConverted(source: ContentReader, { changed }: Conversion): ContentReader {
  const made = new Map([...changed.values()].map((node) => [node.descriptor.digest as string, node]));
  return {
    title: source.title,
    fetchManifest: async (reference, signal) =>
      made.get(reference) ?? (await source.fetchManifest(reference, signal)),
    fetchBlob: (descriptor, signal) => source.fetchBlob(descriptor, signal),
  };
}
