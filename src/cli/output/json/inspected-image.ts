import type { ImageIndex, Manifest } from "../../../oci/manifest.ts";
import { formatPlatform } from "../../../oci/platform.ts";
import type { MeasuredList } from "../../../transfer/inspect/measure-images.ts";

/** An image that stands in a registry, a folder or an archive under its name. */
export interface InspectedImage extends MeasuredList {
  readonly name: string;
  readonly root: Manifest | ImageIndex;
}

/** The same for a program. */
export function inspectedToJson({ name, root, images, total }: InspectedImage): Record<string, unknown> {
  const { digest, mediaType } = root.descriptor;
  return {
    title: name,
    digest,
    mediaType,
    size: total,
    platforms: images.map(({ platform, manifest, size }) => ({
      platform: formatPlatform(platform),
      digest: manifest.descriptor.digest,
      size,
    })),
  };
}
