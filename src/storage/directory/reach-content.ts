import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { isIndexType, isManifestType } from "../../oci/media-type.ts";
import type { Layout } from "./tag-catalog.ts";
import { readManifestFile } from "../layout/read-manifest-file.ts";

/** The digests of descriptors and of all that can be reached from them, whether their content is there or not. */
export async function reachContent(
  layout: Layout,
  descriptors: readonly Descriptor[],
): Promise<ReadonlySet<Digest>> {
  const reached = new Set<Digest>();
  const queue = [...descriptors];
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (reached.has(next.digest)) continue;
    reached.add(next.digest);
    if (isIndexType(next.mediaType) || isManifestType(next.mediaType)) {
      queue.push(...(await readParts(layout, next)));
    }
  }
  return reached;
}

async function readParts(layout: Layout, { digest, mediaType }: Descriptor): Promise<readonly Descriptor[]> {
  const bytes = await readManifestFile(layout.files, layout.paths, digest);
  if (!bytes) return [];
  const manifest = parseManifest(bytes, `manifest "${digest}"`, mediaType);
  return manifest.kind === "index" ? manifest.manifests : [manifest.config, ...manifest.layers];
}
