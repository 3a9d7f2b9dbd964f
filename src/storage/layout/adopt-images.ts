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
 * reaches: content in its right size, put on disk before anything says that it is there. The manifest's own link comes last:
 * where it is, the rest is. Undefined where the manifest cannot be read.
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
  for (const [digest, size] of new Map([...blobs, ...foreign].map((blob) => [blob.digest, blob.size]))) {
    const path = layout.paths.blob(digest);
    if ((await layout.files.size(path)) === size && (await layout.files.sync(path))) {
      await layout.links.addBlob(repository, digest);
    }
  }
  await layout.files.sync(layout.paths.blob(digest));
  return layout.links.addManifest(repository, digest, manifest.descriptor.mediaType);
}
