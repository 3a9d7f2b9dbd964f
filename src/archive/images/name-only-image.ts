import type { SourceImage } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";

/**
 * Gives the name to the one image of an archive that names none, all platforms of it. Throws a usage error where there is no
 * such image, or several.
 */
export function nameOnlyImage(images: readonly SourceImage[], name: string): SourceImage[] {
  const roots = new Set(
    images.map(
      ({ index, manifest, config }) => (index?.manifest ?? manifest)?.descriptor.digest ?? config.digest,
    ),
  );
  const isNameless = images.every(({ names }) => names.length === 0);
  if (isNameless && roots.size === 1) return images.map((image) => ({ ...image, names: [name] }));
  const found = isNameless ? `it has ${roots.size} images` : "it has names of its own";
  throw new AirgapError("NAME_INVALID", `Cannot name the image of the archive "${name}": ${found}`, {
    exit: "usage",
    hint: "Name each image by its ID, --name ID=NAME, or its names with --rename FROM=TO; inspect shows them.",
  });
}
