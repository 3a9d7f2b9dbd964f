import type { Digest } from "../../oci/digest.ts";
import { checkNameCount } from "../images/image-names.ts";
import { mergeImages } from "../images/merge-images.ts";
import { dashedDigest, namedRoot } from "../images/named-root.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import type { Dialect } from "./dialect.ts";

const tagPath = /^manifests\/(.+)\/reference\/([^/]+)$/;

/** The folder that `talosctl image cache-create` fills (talos, internal/pkg/cache): blobs once, manifests by host and name. */
export const talosCache: Dialect = {
  title: "an image cache of Talos",
  findFolder: (name) => /^(.*\/|)manifests\/[^/]+\/.+\/reference\/[^/]+$/.exec(name)?.[1],
  accepts: ({ entries }) =>
    Promise.resolve(entries.names.some((name) => /^blobs?\/sha256[-:][0-9a-f]{64}$/.test(name))),

  read(folder) {
    const tagged = folder.entries.names.flatMap((path) => {
      const [, repository, tag] = tagPath.exec(path) ?? [];
      const entry = folder.entries.find(path);
      return entry && repository !== undefined
        ? [{ path, repository, entry, name: `${withPort(repository)}:${tag}` }]
        : [];
    });
    checkNameCount(tagged.length);
    const blobPaths = pathsIn(folder, new Set(tagged.map(({ repository }) => repository)));
    const roots = tagged.map(({ entry, name }) => namedRoot(entry, name));
    return mergeImages({ ...folder, blobPaths, isWhole: true }, [], roots);
  },

  nameWriter: () => "Talos, as an image cache",
};

/** `registry.site_5000_/app` is what FAT can have of `registry.site:5000/app`. */
function withPort(repository: string): string {
  return repository.replace(/^([^/]+)_(\d+)_\//, "$1:$2/");
}

/** A manifest is kept by its digest beside its tags. */
function pathsIn(
  { entries }: OpenedArchive,
  repositories: ReadonlySet<string>,
): (digest: Digest) => string[] {
  const byTag = new Map<Digest, string>();
  for (const path of entries.names) {
    const entry = tagPath.test(path) ? entries.find(path) : undefined;
    if (entry) byTag.set(entry.digest, path);
  }
  return (digest) => {
    const names = [dashedDigest(digest), digest];
    const manifests = [...repositories].map((repository) => `manifests/${repository}/digest`);
    const folders = ["blob", "blobs", ...manifests];
    return [
      ...folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)),
      ...[byTag.get(digest) ?? []].flat(),
    ];
  };
}
