import type { Descriptor } from "./descriptor.ts";
import { asObject, asOptionalString, asStringMap, parseJson } from "./json.ts";
import type { ImageIndex, Manifest } from "./manifest.ts";

/**
 * How a list of referrers describes a manifest: an image manifest without a type of its own is of its config's type, an
 * index without one has none (distribution-spec, listing referrers).
 */
export function describeReferrer(manifest: Manifest | ImageIndex): Descriptor {
  const object = asObject(parseJson(manifest.bytes, { what: "the referrer" }), "the referrer");
  const fallback = manifest.kind === "manifest" ? manifest.config.mediaType : undefined;
  const artifactType = asOptionalString(object.get("artifactType"), "its artifactType") ?? fallback;
  return {
    ...manifest.descriptor,
    annotations: asStringMap(object.get("annotations"), "its annotations"),
    ...(artifactType ? { artifactType } : {}),
  };
}
