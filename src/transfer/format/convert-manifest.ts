import type { Descriptor } from "../../oci/descriptor.ts";
import { asObject, asStringMap, parseJson } from "../../oci/json.ts";
import {
  buildIndex,
  buildManifest,
  type ImageIndex,
  isImageManifest,
  type Manifest,
} from "../../oci/manifest.ts";
import { type Family, familyOf, layerTypeIn, mediaTypes } from "../../oci/media-type.ts";

/**
 * An image's manifest in that family of media types: itself where it is of it already, else one over the same blobs, which is a
 * function of its bytes alone. Undefined for what the family has no form for: artifacts, encrypted layers, subjects.
 */
export function convertManifest(manifest: Manifest, family: Family): Manifest | undefined {
  if (familyOf(manifest.descriptor.mediaType) === family) return manifest;
  if (!isImageManifest(manifest) || manifest.subject) return undefined;
  const layers: Descriptor[] = [];
  for (const layer of manifest.layers) {
    const mediaType = layerTypeIn(family, layer.mediaType);
    if (mediaType === undefined) return undefined;
    layers.push(trim({ ...layer, mediaType }, family));
  }
  const config = trim({ ...manifest.config, mediaType: mediaTypes[family].config }, family);
  return buildManifest(family, config, layers);
}

/**
 * An index over converted children, in the order of the original: itself where nothing changes. `convert` gives what becomes of
 * a child, or undefined for one that stays behind.
 */
export function convertIndex(
  index: ImageIndex,
  family: Family,
  convert: (child: Descriptor) => Descriptor | undefined,
): ImageIndex {
  const children = index.manifests.map((child) => ({ child, became: convert(child) }));
  const isChanged = children.some(({ child, became }) => became?.digest !== child.digest);
  if (familyOf(index.descriptor.mediaType) === family && !isChanged) return index;
  const manifests = children.flatMap(({ child, became }) =>
    became
      ? trim({ ...child, mediaType: became.mediaType, digest: became.digest, size: became.size }, family)
      : [],
  );
  return buildIndex(family, manifests, family === "oci" ? readAnnotations(index) : undefined);
}

/** Docker's descriptors have neither annotations nor artifact types; `data` would embed what has changed. */
function trim({ data: _data, annotations, artifactType, ...rest }: Descriptor, family: Family): Descriptor {
  if (family === "docker") return rest;
  return { ...rest, ...(annotations ? { annotations } : {}), ...(artifactType ? { artifactType } : {}) };
}

function readAnnotations({ bytes, descriptor }: ImageIndex): ReadonlyMap<string, string> {
  const what = `index "${descriptor.digest}"`;
  return asStringMap(asObject(parseJson(bytes, { what }), what).get("annotations"), `${what}.annotations`);
}
