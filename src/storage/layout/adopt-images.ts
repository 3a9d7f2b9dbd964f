import type { Descriptor } from "../../oci/descriptor.ts";
import { parseManifest, partsOf } from "../../oci/manifest.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutLinks, ManifestLink } from "./layout-links.ts";
import type { LayoutPaths } from "./layout-paths.ts";
import { readManifestFile } from "./read-manifest-file.ts";
import { tryParse } from "./try-parse.ts";

interface Layout {
  readonly files: LayoutFiles;
  readonly paths: LayoutPaths;
  readonly links: LayoutLinks;
}

/**
 * Gives a repository an image that another tool has put into the layout, skopeo's `oci:DIR:name:tag` say, with what it
 * reaches. The manifest's own link comes last: where it is, the rest is. Undefined where the manifest cannot be read.
 */
export async function adoptImage(
  layout: Layout,
  repository: string,
  { digest, mediaType }: Descriptor,
): Promise<ManifestLink | undefined> {
  const found = await layout.links.readManifest(repository, digest);
  if (found) return found;
  const bytes = await readManifestFile(layout.files, layout.paths, digest);
  const manifest = bytes && tryParse(() => parseManifest(bytes, `manifest "${digest}"`, mediaType));
  if (!manifest) return undefined;
  const { blobs, manifests } = partsOf(manifest);
  for (const child of manifests) await adoptImage(layout, repository, child);
  const foreign = manifest.kind === "manifest" ? manifest.layers : [];
  for (const blob of [...blobs, ...foreign]) {
    if ((await layout.files.size(layout.paths.blob(blob.digest))) !== undefined) {
      await layout.links.addBlob(repository, blob.digest);
    }
  }
  return layout.links.addManifest(repository, digest, manifest.descriptor.mediaType);
}
