import { describeReferrer } from "../oci/describe-referrer.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { ContentStorage } from "./content-storage.ts";

/** The manifests of a repository whose subject is a digest, in the order of their own. */
export async function findReferrers(
  storage: ContentStorage,
  repository: string,
  subject: Digest,
): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for (const digest of await storage.listManifests(repository)) {
    const raw = await storage.readManifest(repository, digest);
    if (!raw) continue;
    const manifest = parseManifest(raw.bytes, `manifest "${digest}"`, raw.descriptor.mediaType);
    if (manifest.subject?.digest === subject) found.push(describeReferrer(manifest));
  }
  return found.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
