import type { ManifestFormat } from "../../content/option-words.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { familyOf } from "../../oci/media-type.ts";

/** Who cannot read what is kept as it is in an image layout; nothing where everybody can, or the operator has chosen. */
export function sayUnread({ mediaType }: Descriptor, format: ManifestFormat): string | undefined {
  if (format !== "auto" || familyOf(mediaType) === "oci") return undefined;
  return "keeps its digest, and with it Docker's media types, by which skopeo and podman do not find a name in an image layout and umoci reads nothing: --format oci converts it";
}
