import { type Digest, digestHex } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { mergeImages } from "../images/merge-images.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { besideFile, type Dialect } from "./dialect.ts";
import { isImageFolder } from "./image-folder.ts";

/** skopeo's `dir:`: the manifest beside its blobs, which are named by their hex digest (containers/image, directory). */
export const skopeoDirectory: Dialect = {
  title: "a folder of skopeo's dir:",
  findFolder: besideFile("manifest.json"),

  async accepts(folder) {
    if (folder.entries.has("index.json") || !isImageFolder(folder.entries)) return false;
    // `[` starts what docker saves, `{` what a registry has.
    return /^\s*\{[^]*"schemaVersion"/.test(Buffer.from(await readManifest(folder)).toString("latin1"));
  },

  async read(folder) {
    const { descriptor } = parseManifest(await readManifest(folder), "manifest.json");
    const blobPaths = (digest: Digest): string[] => {
      const hex = digestHex(digest);
      return digest === descriptor.digest ? ["manifest.json"] : [hex, `${hex}.manifest.json`];
    };
    return mergeImages({ ...folder, blobPaths }, [], [descriptor]);
  },

  nameWriter: () => "skopeo, as dir:",
};

function readManifest({ entries, metadata }: OpenedArchive): Promise<Uint8Array> {
  return metadata.list(entries.get("manifest.json", "archive"));
}
