import type { SourceImage } from "../../content/image-source.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { isImageIDOf } from "../../oci/image-id.ts";
import type { ImageOptions } from "./plan-image.ts";
import type { GivenSource } from "./planned-image.ts";
import { foldName } from "./fold-arch.ts";
import { findRename, type NamingOptions, type RenameRule } from "./name-target.ts";
import type { Notice } from "../../content/notice.ts";

/**
 * A warning for each option that is about some image and fits none, most often because it was mistyped. Images that an
 * image list leaves out count: the same options may be given again with the list of what failed.
 */
export function sayUnusedOptions(
  sources: readonly GivenSource[],
  { imagePlatforms, names, renames, foldArch }: ImageOptions & NamingOptions & { readonly foldArch: boolean },
): Notice[] {
  const images = sources.flatMap(({ source }) => source.images);
  const artifacts = sources.flatMap(({ source }) => source.artifacts);
  const named = [...[...images, ...artifacts].flatMap((item) => item.names), ...names.values()];
  const references = named
    .flatMap(readReference)
    .flatMap((name) => (foldArch ? [name, foldName(name)] : [name]));
  const known = new Set(references.map(formatReference));
  const platforms = [...imagePlatforms].filter(([key]) => !known.has(key) && !hasID(images, key));
  const ids = [...names].filter(([key]) => !hasID(images, key));
  return [
    ...platforms.map(([key, platform]) => `--image-platform ${key}=${formatPlatform(platform)}`),
    ...ids.map(([key, name]) => `--name ${key}=${name}`),
  ]
    .map((option): Notice => ({ severity: "warning", text: `${option} fits no image of these archives` }))
    .concat(sayUnusedRenames(renames, references));
}

function hasID(images: readonly SourceImage[], key: string): boolean {
  return images.some((image) => isImageIDOf(key, image.config.digest));
}

/** Nothing for what is no name: that is told where the image itself is planned. */
function readReference(name: string): Reference[] {
  try {
    return [parseReference(name)];
  } catch (error) {
    if (error instanceof AirgapError) return [];
    throw error;
  }
}

/** A warning for each `--rename` that changes none of these names: most often it was mistyped. */
export function sayUnusedRenames(rules: readonly RenameRule[], sources: readonly Reference[]): Notice[] {
  const used = new Set(sources.map((source) => findRename(source, rules)));
  return rules
    .filter((rule) => !used.has(rule))
    .map(({ text }) => ({ severity: "warning", text: `--rename ${text} changes the name of no image` }));
}
