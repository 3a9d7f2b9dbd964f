import type { ListSpec } from "../../src/cli/push-spec/list-spec.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { formatReference } from "../../src/oci/reference.ts";

/** `LIST tags: IMAGE PLATFORM, ...` */
export function summarizeSpec({ image, tags, manifests }: ListSpec): string {
  const images = manifests.map(({ image, platform }) =>
    [formatReference(image), ...(platform ? [formatPlatform(platform)] : [])].join(" "),
  );
  return `${formatReference(image)} ${tags.join(" ")}: ${images.join(", ")}`;
}
