import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { makeDirectory, sizeOf } from "./durable-files.ts";
import type { LayoutTags } from "./layout-index.ts";
import type { LayoutPaths } from "./layout-paths.ts";
import { readManifestFile } from "./read-manifest-file.ts";

/**
 * Gives repositories what their tags reach and another tool has put into the layout, skopeo's `oci:DIR:name:tag` say.
 * The manifest's own link comes last: where it is, the rest is. What cannot be read is left out.
 */
export async function adoptImages(paths: LayoutPaths, tags: LayoutTags): Promise<void> {
  for (const [repository, descriptors] of tags.repositories)
    for (const descriptor of descriptors.values())
      await adopt(paths, repository, descriptor).catch((error: unknown) => {
        if (!(error instanceof AirgapError)) throw error;
      });
}

async function adopt(paths: LayoutPaths, repository: string, descriptor: Descriptor): Promise<void> {
  const { digest, mediaType } = descriptor;
  const link = paths.manifestLink(repository, digest);
  if ((await sizeOf(link)) !== undefined) return;
  const bytes = await readManifestFile(paths, digest);
  if (!bytes) return;
  const manifest = parseManifest(bytes, `manifest "${digest}"`, mediaType);
  if (manifest.kind === "index")
    for (const child of manifest.manifests) await adopt(paths, repository, child);
  else
    for (const blob of [manifest.config, ...manifest.layers])
      if ((await sizeOf(paths.blob(blob.digest))) !== undefined)
        await writeLink(paths.blobLink(repository, blob.digest), "");
  await writeLink(link, manifest.descriptor.mediaType);
}

async function writeLink(path: string, content: string): Promise<void> {
  await makeDirectory(dirname(path));
  await writeFile(path, content);
}
