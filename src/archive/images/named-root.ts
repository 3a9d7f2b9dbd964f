import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex, isDigest, parseDigest } from "../../oci/digest.ts";
import { annotatedNames } from "./image-names.ts";
import { blobPath } from "../index/blob-entry.ts";
import type { FileEntry } from "../index/archive-index.ts";
import { readItem } from "./read-item.ts";
import { repositoryAnnotation } from "./own-annotations.ts";
import type { OpenedArchive } from "./opened-archive.ts";

/** A descriptor of what a storage keeps under a name, or under none; its type is the content's own. */
export function namedRoot(
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  name: string | undefined,
): Descriptor {
  return {
    mediaType: "",
    digest,
    size,
    ...(name === undefined ? {} : { annotations: new Map([["io.containerd.image.name", name]]) }),
  };
}

/** The same of what a repository has under no name there. */
export function placeIn(descriptor: Descriptor, repository: string): Descriptor {
  const annotations = new Map([
    ...(descriptor.annotations ?? []),
    [repositoryAnnotation, repository] as const,
  ]);
  return { ...descriptor, annotations };
}

/** What storages have of their repositories, by paths whose groups are the repository and the two parts of a digest. */
export async function readUntagged(
  archive: OpenedArchive,
  links: RegExp,
  tagged: readonly Descriptor[],
): Promise<Descriptor[]> {
  const known = new Set(tagged.flatMap((root) => namesOf(root).map((name) => `${name} ${root.digest}`)));
  const roots: Descriptor[] = [];
  for (const path of archive.entries.names) {
    const [, repository = "", algorithm, hex] = links.exec(path) ?? [];
    const digest = `${algorithm}:${hex}`;
    if (!isDigest(digest) || known.has(`${repository} ${digest}`)) continue;
    roots.push(...(await readManifest(archive, repository, digest)));
  }
  return roots;
}

/** The repositories that an entry of `index.json` is in. */
function namesOf(root: Descriptor): string[] {
  const { containerd, ref } = annotatedNames(root);
  return [...containerd, ...ref].map((name) => name.replace(/:[^/:]*$/, ""));
}

/** With its type, so that lists can be read before what they list; none where it is not there any more. */
async function readManifest(
  archive: OpenedArchive,
  repository: string,
  digest: Digest,
): Promise<Descriptor[]> {
  const [path = blobPath(digest)] = archive.blobPaths?.(digest) ?? [];
  const entry = archive.entries.find(path);
  const read = entry && (() => archive.metadata.manifest(entry, ""));
  const found = read && (await readItem(archive, { names: [], digest }, read));
  return found ? [placeIn({ ...found.descriptor, digest }, repository)] : [];
}

/** The digest in a `link` file of a registry's storage; undefined for one that is empty. Throws `DIGEST_INVALID`. */
export async function readLink(archive: OpenedArchive, entry: FileEntry): Promise<Digest | undefined> {
  const text = Buffer.from(await archive.metadata.list(entry))
    .toString("latin1")
    .trim();
  return text === "" ? undefined : parseDigest(text);
}

/** `sha256-<hex>`, as file systems without colons have it. */
export function dashedDigest(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}`;
}
