import { readIndexJson } from "../images/index-json.ts";
import { mergeImages } from "../images/merge-images.ts";
import { besideFile, type Dialect } from "./dialect.ts";
import { isImageFolder } from "./image-folder.ts";

/** `index.json` and `blobs` (image-spec, image-layout.md), as skopeo, podman, BuildKit and many others write it. */
export const ociLayout: Dialect = {
  title: "an OCI image layout",
  findFolder: besideFile("index.json"),
  accepts: ({ entries }) => Promise.resolve(isImageFolder(entries)),
  read: async (folder) => mergeImages(folder, [], await readIndexJson(folder)),
  nameWriter: () => "an OCI layout: skopeo, podman, BuildKit or k0s",
};
