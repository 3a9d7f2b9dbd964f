import { AirgapError } from "../../oci/airgap-error.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import { isAttestation } from "../../oci/attestation.ts";
import type { DraftEntry } from "../../transfer/drafts/list-draft.ts";
import { notInList } from "./manifest-error.ts";

/**
 * The image of a list that a name means: the one it was added under, or of a list that was added the image with that digest.
 * Throws `NOT_IN_LIST`, and `SEVERAL_PLATFORMS` where a name stands for several.
 */
export function findEntry(entries: readonly DraftEntry[], image: Reference, list: Reference): DraftEntry {
  const found = entries.filter(({ descriptor }) => !isAttestation(descriptor));
  const named = found.filter((entry) => formatReference(entry.image) === formatReference(image));
  const byDigest = found.filter(
    ({ descriptor, image: { host, repository } }) =>
      descriptor.digest === image.digest && host === image.host && repository === image.repository,
  );
  const [first, ...others] = byDigest.length ? byDigest : named;
  if (!first) throw notInList(image, list);
  if (others.length === 0) return first;
  const { host, repository } = image;
  const names = named.map(
    ({ descriptor: { digest, platform } }) =>
      `  ${formatReference({ host, repository, digest })}${platform ? ` (${formatPlatform(platform)})` : ""}`,
  );
  throw new AirgapError(
    "SEVERAL_PLATFORMS",
    `Cannot choose an image of "${formatReference(image)}": it is a list of several`,
    { exit: "usage", hint: ["Name one of them:", ...names] },
  );
}
