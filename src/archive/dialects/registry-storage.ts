import type { BlobHolders } from "../../content/image-source.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { checkNameCount } from "../images/image-names.ts";
import { mergeImages } from "../images/merge-images.ts";
import { namedRoot, readLink, readUntagged } from "../images/named-root.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { readItem } from "../images/read-item.ts";
import { type Dialect, matchWriter, type WriterForm } from "./dialect.ts";

const root = "docker/registry/v2/";
const tagLink = /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/tags\/([^/]+)\/current\/link$/;
const layerLink = /^docker\/registry\/v2\/repositories\/(.+)\/_layers\/sha256\/([0-9a-f]{64})\/link$/;
const revisionLink =
  /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/revisions\/([a-z0-9]+)\/([0-9a-f]+)\/link$/;

/**
 * What the registry of Docker and the CNCF keeps on disk (distribution, registry/storage/paths.go): `/var/lib/registry`, and
 * the bundles of mindthegap, oc-mirror and kots, which are such a folder in a tar. An image set of oc-mirror v2 has the blobs
 * that no earlier one had, and the names of all (oc-mirror, internal/pkg/archive).
 */
export const registryStorage: Dialect = {
  title: "a registry's storage",
  findFolder: (name) => {
    const at = name.indexOf(root);
    return at === 0 || name[at - 1] === "/" ? name.slice(0, at) : undefined;
  },
  accepts: ({ entries }) => Promise.resolve(entries.names.some((name) => tagLink.test(name))),

  async read(folder) {
    const isDifference = folder.entries.names.some((name) => name.startsWith("working-dir/"));
    const storage = {
      ...folder,
      blobPaths: (digest: Digest) => [dataPath(digest)],
      ...(isDifference ? { findHolders: listHolders(folder.entries.names) } : { isWhole: true }),
    };
    const tagged = await readTags(storage);
    const untagged = isDifference ? [] : await readUntagged(storage, revisionLink, tagged);
    return mergeImages(storage, [], [...tagged, ...untagged]);
  },

  nameWriter: (entries) => matchWriter(entries, forms) ?? "docker-registry or distribution, its own storage",
};

const forms: readonly WriterForm[] = [
  { writer: "mindthegap", marks: [/^images\.yaml$/] },
  { writer: "mindthegap", marks: [/^charts\.yaml$/] },
  { writer: "oc-mirror v2", marks: [/^working-dir\//] },
];

function dataPath(digest: Digest): string {
  const hex = digestHex(digest);
  return `${root}blobs/${digestAlgorithm(digest)}/${hex.slice(0, 2)}/${hex}/data`;
}

async function readTags(storage: OpenedArchive): Promise<Descriptor[]> {
  const links = storage.entries.names.flatMap((path) => {
    const [, repository, tag] = tagLink.exec(path) ?? [];
    return repository === undefined || tag === undefined ? [] : [{ path, name: `${repository}:${tag}` }];
  });
  checkNameCount(links.length);
  const roots: Descriptor[] = [];
  for (const { path, name } of links) {
    const digest = await readLink(storage, storage.entries.get(path, name));
    if (digest === undefined) continue;
    const item = { names: [name], digest };
    if (storage.findHolders && !isUsable(storage, digest)) {
      storage.expected.push(item);
      continue;
    }
    const root = await readItem(storage, item, () => rootOf(storage, digest, name));
    if (root) roots.push(root);
  }
  return roots;
}

function isUsable({ entries }: OpenedArchive, digest: Digest): boolean {
  return entries.find(dataPath(digest)) !== undefined;
}

/** By digest, the repositories that link to a layer. */
function listHolders(names: readonly string[]): (digest: Digest) => BlobHolders {
  const holders = new Map<string, string[]>();
  for (const name of names) {
    const [, repository, hex] = layerLink.exec(name) ?? [];
    if (repository === undefined || hex === undefined) continue;
    const known = holders.get(hex);
    if (known) known.push(repository);
    else holders.set(hex, [repository]);
  }
  return (digest) => ({ repositories: holders.get(digestHex(digest)) ?? [] });
}

function rootOf({ entries }: OpenedArchive, digest: Digest, name: string): Descriptor {
  const entry = entries.find(dataPath(digest));
  if (entry) return namedRoot({ digest, size: entry.size }, name);
  throw new AirgapError(
    "ARCHIVE_INCOMPLETE",
    `Cannot read image "${printable(name)}": its tag leads to ${digest}, which is not in the storage`,
    { hint: "Copy the whole storage again, while nothing is pushed to the registry or removed from it." },
  );
}
