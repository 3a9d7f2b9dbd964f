import { asArray, asObject, asString, parseJson } from "../../oci/json.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { isTag } from "../../oci/reference.ts";
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
  for await (const bytes of fetchPages(client, { access: { repository }, path, action, signal })) {
    const page = asObject(parseJson(bytes, { what: "list of tags" }), "list of tags");
    for (const tag of asArray(page.get("tags"), "tags")) tags.push(readTag(asString(tag, "tag"), action));
  }
  return tags;
}

/** What is no tag would be asked for as something else. */
function readTag(text: string, action: string): string {
  if (isTag(text)) return text;
  throw new AirgapError(
    "RESPONSE_INVALID",
    `Cannot ${action}: it names "${printable(text)}", which is no tag`,
    {
      exit: "protocol",
    },
  );
}
