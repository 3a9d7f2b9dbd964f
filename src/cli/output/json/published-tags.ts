import type { Repository } from "../../../content/repository.ts";
import { isAttestation } from "../../../oci/attestation.ts";
import { formatPlatform, unknownPlatform } from "../../../oci/platform.ts";
import type { PublishedDraft } from "../../../transfer/drafts/publish-draft.ts";
import { titleTarget } from "../../../transfer/report/target-name.ts";
import type { ToldImage } from "./report-json.ts";

/** Each tag of a list that was made by hand, as every command tells an image. */
export function tellTags(
  { name, title }: Pick<Repository, "name" | "title">,
  { list, tags }: PublishedDraft,
): ToldImage[] {
  const images = list.manifests.filter((child) => !isAttestation(child));
  const platforms = images.map(({ digest, platform = unknownPlatform }) => ({
    platform: formatPlatform(platform),
    digest,
  }));
  const { digest } = list.descriptor;
  return tags.map((tag) => ({
    title: titleTarget(title, tag.tag),
    repository: name,
    ...tag,
    digest,
    platforms,
  }));
}
