import { type Digest, digestHex } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { mergeImages } from "../images/merge-images.ts";
import { namedRoot } from "../images/named-root.ts";
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
    return mergeImages(
      { ...folder, blobPaths, isWhole: true },
      [],
      [namedRoot(descriptor, nameOf(folder.entries.folder))],
    );
  },

  nameWriter: () => "skopeo, as dir:",
};

/**
 * `skopeo sync` names its folders after the images, with `--scoped` by host and path: `quay.io/coreos/etcd:v3.5/`. Without it
 * the last part is all there is.
 */
function nameOf(folder: string): string | undefined {
  const parts = folder.split("/").slice(0, -1);
  if (!/[:@]/.test(parts.at(-1) ?? "")) return undefined;
  const host = parts.findIndex(
    (part, i) => i < parts.length - 1 && (/[.:]/.test(part) || part === "localhost"),
  );
  return (host < 0 ? parts.slice(-1) : parts.slice(host)).join("/");
}

function readManifest({ entries, metadata }: OpenedArchive): Promise<Uint8Array> {
  return metadata.list(entries.get("manifest.json", "archive"));
}
