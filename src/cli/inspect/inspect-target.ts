import { existsSync } from "node:fs";
import { parseReference } from "../../oci/reference.ts";
import { type Location, parseLocation } from "../registries/location.ts";

/** What `inspect` is asked about: all that an archive holds, or one image. */
export type InspectTarget =
  | { readonly kind: "archive"; readonly path: string }
  | { readonly kind: "image"; readonly location: Location };

/**
 * Tells archives from images: what exists as a file or a folder, `-`, and what is written like a file is an archive, else it
 * is a name in a registry. Where one image is wanted, an archive is asked for the one that it has.
 */
export function parseInspectTarget(text: string, wantsImage: boolean): InspectTarget {
  if (/^(?:docker:\/\/|docker-archive:|oci-archive:|oci:)/.test(text)) {
    const location = parseLocation(text);
    const isWhole = location.transport !== "docker" && location.name === undefined && !wantsImage;
    return isWhole ? { kind: "archive", path: location.path } : { kind: "image", location };
  }
  if (!isArchive(text)) {
    return { kind: "image", location: { transport: "docker", reference: parseReference(text) } };
  }
  if (!wantsImage) return { kind: "archive", path: text };
  return { kind: "image", location: { transport: "docker-archive", path: text, name: undefined } };
}

function isArchive(text: string): boolean {
  return (
    text === "-" ||
    existsSync(text) ||
    /^(?:[./~]|[a-z]:[\\/])|\\|\.(?:tar|t?gz|t?zst|t?xz|t?bz2?|lz4)$/i.test(text)
  );
}
