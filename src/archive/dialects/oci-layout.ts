import { readCountedLayers } from "../images/counted-layers.ts";
import { readIndexJson } from "../images/index-json.ts";
import { mergeImages } from "../images/merge-images.ts";
import { readUntagged } from "../images/named-root.ts";
import { besideFile, type Dialect } from "./dialect.ts";
import { isImageFolder } from "./image-folder.ts";

/** Folders of our own have a file for each manifest of a repository, and in `index.json` those that are under a tag. */
const ownLink = /^repositories\/(.+)\/_manifests\/([a-z0-9]+)\/([0-9a-f]+)$/;

/** `index.json` and `blobs` (image-spec, image-layout.md), as skopeo, podman, BuildKit and many others write it. */
export const ociLayout: Dialect = {
  title: "an OCI image layout",
  findFolder: besideFile("index.json"),
  accepts: ({ entries }) => Promise.resolve(isImageFolder(entries)),
  read: async (folder) => {
    const roots = await readIndexJson(folder);
    const findHolders = await readCountedLayers(folder);
    const layout = { ...folder, ...(findHolders ? { findHolders } : {}) };
    return mergeImages(layout, [], [...roots, ...(await readUntagged(layout, ownLink, roots))]);
  },
  nameWriter: () => "an OCI layout: skopeo, podman, BuildKit or k0s",
};
