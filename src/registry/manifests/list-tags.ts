import { asArray, asObject, asString, parseJson } from "../../oci/json.ts";
import { fetchPages } from "./fetch-pages.ts";
import type { RegistryClient } from "../client/registry-client.ts";

/** All tags of a repository, page by page (distribution-spec, content discovery); none for one that is not there. */
export async function listTags(
  client: RegistryClient,
  repository: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const action = `list the tags of "${client.host}/${repository}"`;
  const path = `/v2/${repository}/tags/list?n=1000`;
  const tags: string[] = [];
  for await (const bytes of fetchPages(client, { repository, path, action, signal })) {
    const page = asObject(parseJson(bytes, { what: "list of tags" }), "list of tags");
    for (const tag of asArray(page.get("tags"), "tags")) tags.push(asString(tag, "tag"));
  }
  return tags;
}
