import type { ManifestFormat } from "../../content/option-words.ts";
import { type Family, familyOf } from "../../oci/media-type.ts";
import type { ExistingEntry } from "./existing-tag.ts";
import type { PlannedEntry } from "../plan/planned-image.ts";
import type { Child } from "./child.ts";
import { requiredFamily } from "./upload-image.ts";

/** What was asked for; else OCI if any child must be or is kept as OCI, else Docker (decision 7). */
export function chooseFamily(
  { children }: { readonly children: ReadonlyMap<PlannedEntry, Child> },
  kept: readonly ExistingEntry[],
  format: ManifestFormat,
): Family {
  if (format !== "auto") return format;
  const families: (Family | undefined)[] = kept.map(({ descriptor }) => familyOf(descriptor.mediaType));
  for (const [entry, child] of children) {
    families.push(
      child.kind === "found"
        ? familyOf(child.manifest.descriptor.mediaType)
        : requiredFamily(entry.image, child.image),
    );
  }
  return families.includes("oci") ? "oci" : "docker";
}
