import type { Deletion } from "../../content/repository.ts";
import { isDigest } from "../../oci/digest.ts";
import type { RegistryClient } from "../client/registry-client.ts";
import { deleteRules } from "../refusal/refusal-rules.ts";
import { manifestPath, manifestTitle } from "./manifest-path.ts";

/** What registries answer that delete manifests only, besides the specification's (distribution-spec, deleting tags). */
const noTags: readonly number[] = [400, 405];

/**
 * Deletes a tag, or a manifest by its digest. This alone asks for the right to delete. Throws `DELETE_REFUSED` where the registry
 * deletes nothing, or not for this account.
 */
export async function deleteManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<Deletion> {
  const { vendor } = await client.open();
  const response = await client.send({
    method: "DELETE",
    url: manifestPath(repository, reference),
    access: vendor.deletesByPushing ? { repository } : { repository, right: "delete" },
    action: `delete "${manifestTitle(client.host, repository, reference)}"`,
    accept: [200, 202, 204, 404, ...(isDigest(reference) ? [] : noTags)],
    rules: deleteRules,
    signal,
  });
  await response.discard();
  if (noTags.includes(response.status)) return "refused";
  return response.status === 404 ? "absent" : "deleted";
}
