import type { Repository } from "../../content/repository.ts";
import { describeReferrer } from "../../oci/describe-referrer.ts";
import type { Digest } from "../../oci/digest.ts";
import { buildIndex, type ImageIndex, type Manifest } from "../../oci/manifest.ts";
import { referrersTag } from "../../oci/subject-tags.ts";

/**
 * Has manifests that are in a repository listed as what refers to a digest: one that keeps no such list gets it as an index
 * under a tag (distribution-spec, referrers tag schema).
 */
export async function listUnderTag(
  subject: Digest,
  referrers: readonly (Manifest | ImageIndex)[],
  target: Repository,
  signal?: AbortSignal,
): Promise<void> {
  const listed = await target.listReferrers(subject, signal);
  const known = new Set(listed.map(({ digest }) => digest));
  const unlisted = referrers.filter(({ descriptor }) => !known.has(descriptor.digest));
  if (unlisted.length === 0) return;
  const index = buildIndex("oci", [...listed, ...unlisted.map(describeReferrer)]);
  await target.pushManifest(referrersTag(subject), index, signal);
}
