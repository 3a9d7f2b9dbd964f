import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { referrersTag } from "../../oci/subject-tags.ts";
import { fetchManifest } from "./fetch-manifest.ts";
import { fetchPages } from "./fetch-pages.ts";
import type { RegistryClient } from "../client/registry-client.ts";

/** What registries older than the referrers API answer, besides 404. */
const withoutApi: readonly number[] = [400, 405];

/**
 * The manifests whose subject is a digest: from the registry's own list, and from the tag that clients keep where a
 * registry has none (distribution-spec, referrers tag schema).
 */
export async function listReferrers(
  client: RegistryClient,
  repository: string,
  subject: Digest,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const action = `list the referrers of "${client.host}/${repository}@${subject}"`;
  const path = `/v2/${repository}/referrers/${subject}`;
  const found = new Map<Digest, Descriptor>();
  const add = (bytes: Uint8Array): void => {
    const index = parseManifest(bytes, "list of referrers");
    if (index.kind === "index") for (const child of index.manifests) found.set(child.digest, child);
  };
  const pages = fetchPages(client, { access: { repository }, path, action, absent: withoutApi, signal });
  for await (const bytes of pages) add(bytes);
  const tagged = await fetchManifest(client, repository, referrersTag(subject), signal);
  if (tagged) add(tagged.bytes);
  return [...found.values()];
}
