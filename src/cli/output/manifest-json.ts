import { type Descriptor, descriptorToJson } from "../../oci/descriptor.ts";
import { parseJson, stringifyJson } from "../../oci/json.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { familyOf } from "../../oci/media-type.ts";
import { type Platform, platformToJson } from "../../oci/platform.ts";

/** An image with its manifest and whom it is for, as `docker manifest inspect --verbose` tells it. */
export interface VerboseImage {
  /** The name in full, of a list's image with its digest. */
  readonly ref: string;
  readonly manifest: Manifest;
  readonly platform: Platform | undefined;
}

/** What `docker manifest inspect --verbose` prints: an array for a list, else one object. */
export function formatVerbose(images: readonly VerboseImage[], isList: boolean): string {
  const entries = images.map(describeVerbose);
  return `${stringifyJson(isList ? entries : entries[0], "\t")}\n`;
}

function describeVerbose({ ref, manifest, platform }: VerboseImage): Record<string, unknown> {
  const { mediaType, digest, size } = manifest.descriptor;
  const key = familyOf(mediaType) === "docker" ? "SchemaV2Manifest" : "OCIManifest";
  return {
    Ref: ref,
    Descriptor: { mediaType, digest, size, ...(platform ? { platform: platformToJson(platform) } : {}) },
    Raw: Buffer.from(manifest.bytes).toString("base64"),
    [key]: JSON.parse(stringifyJson(parseJson(manifest.bytes, { what: "manifest" }))) as unknown,
  };
}

/** A list as `docker manifest inspect` prints it: indented by three, and nothing in it but what docker knows of. */
export function formatList(mediaType: string, manifests: readonly Descriptor[]): string {
  const entries = manifests.map(({ mediaType, size, digest, platform }) =>
    descriptorToJson({ mediaType, size, digest, ...(platform ? { platform } : {}) }),
  );
  return `${stringifyJson({ schemaVersion: 2, mediaType, manifests: entries }, 3)}\n`;
}

/** An image's manifest as `docker manifest inspect` prints it: its own keys, indented by tabs. */
export function formatManifest({ bytes }: Manifest): string {
  return `${stringifyJson(parseJson(bytes, { what: "manifest" }), "\t")}\n`;
}
