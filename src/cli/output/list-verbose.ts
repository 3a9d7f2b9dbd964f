import type { ContentReader } from "../../content/repository.ts";
import type { ImageIndex, Manifest } from "../../oci/manifest.ts";
import { fetchChild } from "../../transfer/graph/fetch-child.ts";
import { listImages } from "../../transfer/graph/select-images.ts";
import type { VerboseImage } from "./manifest-json.ts";

/** The images of a list, attestations among them; of a single image also what its config says of its platform. */
export async function listVerbose(
  name: string,
  root: Manifest | ImageIndex,
  content: ContentReader,
  signal: AbortSignal,
): Promise<VerboseImage[]> {
  if (root.kind === "manifest") {
    const [image] = await listImages(root, content, signal);
    return [{ ref: name, manifest: root, platform: image?.platform }];
  }
  const images: VerboseImage[] = [];
  for (const child of root.manifests) {
    const manifest = await fetchChild(content, child, signal);
    if (manifest.kind === "manifest") {
      images.push({ ref: `${name}@${child.digest}`, manifest, platform: child.platform });
    }
  }
  return images;
}
