import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { checkNameCount } from "../images/image-names.ts";
import { mergeImages } from "../images/merge-images.ts";
import { namedRoot, readLink } from "../images/named-root.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { readItem } from "../images/read-item.ts";
import { type Dialect, matchWriter, type WriterForm } from "./dialect.ts";

const root = "docker/registry/v2/";
const tagLink = /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/tags\/([^/]+)\/current\/link$/;

/**
 * What the registry of Docker and the CNCF keeps on disk (distribution, registry/storage/paths.go): `/var/lib/registry`, and
 * the bundles of mindthegap, oc-mirror and kots, which are such a folder in a tar.
 */
export const registryStorage: Dialect = {
  title: "a registry's storage",
  findFolder: (name) => {
    const at = name.indexOf(root);
    return at === 0 || name[at - 1] === "/" ? name.slice(0, at) : undefined;
  },
  accepts: ({ entries }) => Promise.resolve(entries.names.some((name) => tagLink.test(name))),

  async read(folder) {
    const storage = { ...folder, blobPaths: (digest: Digest) => [dataPath(digest)] };
    return mergeImages(storage, [], await readTags(storage));
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
    const root =
      digest && (await readItem(storage, { names: [name], digest }, () => rootOf(storage, digest, name)));
    if (root) roots.push(root);
  }
  return roots;
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
