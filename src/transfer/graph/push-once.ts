import type { Repository } from "../../content/repository.ts";
import type { Digest } from "../../oci/digest.ts";
import { pushInFamily } from "../format/family-refused.ts";
import { unlessHidden } from "./unless-hidden.ts";
import type { RawManifest } from "../../oci/manifest.ts";

/**
 * An equal manifest already there is success: an immutable tag refuses even the same one (Harbor, ECR). Gives the digest
 * of what was there instead.
 */
export async function pushOnce(
  repository: Repository,
  reference: string,
  manifest: RawManifest,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  const there = await unlessHidden(repository.resolve(reference, signal));
  if (there?.digest === manifest.descriptor.digest) return undefined;
  await pushInFamily(repository, reference, manifest, signal);
  return there?.digest;
}
