import type { Descriptor } from "../../oci/descriptor.ts";
import { isDigest } from "../../oci/digest.ts";
import { checkNameCount } from "../images/image-names.ts";
import { mergeImages } from "../images/merge-images.ts";
import { namedRoot } from "../images/named-root.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { type Dialect, matchWriter } from "./dialect.ts";

const manifestPath = /^v2\/(.+)\/manifests\/([^/]+)$/;

/** A registry's answers by their paths: `oc image mirror` to `file://`, and what oc-mirror v1 packs. */
export const registryPaths: Dialect = {
  title: "a folder of oc image mirror",
  findFolder: (name) => /^(.*\/|)v2\/[^/]+\/(?:[^/]+\/)*manifests\/[^/]+$/.exec(name)?.[1],
  accepts: ({ entries }) =>
    Promise.resolve(entries.names.some((name) => /^v2\/.+\/blobs\/sha256:[0-9a-f]{64}$/.test(name))),

  read: async (folder) => {
    const tagged = listTagged(folder);
    const repositories = new Set(tagged.map(({ repository }) => repository));
    // A blob stands in the folder of each repository that needs it.
    const blobPaths = (digest: string): string[] =>
      [...repositories].flatMap((repository) =>
        ["blobs", "manifests"].map((kind) => `v2/${repository}/${kind}/${digest}`),
      );
    return mergeImages(
      { ...folder, blobPaths, isWhole: true },
      [],
      tagged.map(({ root }) => root),
    );
  },

  nameWriter: (entries) =>
    matchWriter(entries, [{ writer: "oc-mirror v1", marks: [/^publish\/\.metadata\.json$/] }]) ??
    "oc image mirror",
};

interface Tagged {
  readonly repository: string;
  readonly root: Descriptor;
}

function listTagged({ entries }: OpenedArchive): Tagged[] {
  const tagged = entries.names.flatMap((path) => {
    const [, repository = "", tag = ""] = manifestPath.exec(path) ?? [];
    const entry = tag === "" || isDigest(tag) ? undefined : entries.find(path);
    return entry ? [{ repository, root: namedRoot(entry, `${repository}:${tag}`) }] : [];
  });
  checkNameCount(tagged.length);
  return tagged;
}
