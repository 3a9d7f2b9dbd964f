import { maxMetadataSize } from "../content/repository.ts";
import { AirgapError } from "../oci/airgap-error.ts";
import { asArray, asObject, asString, parseJson } from "../oci/json.ts";
import { parseLocation } from "./parse-location.ts";
import { readBody } from "./read-body.ts";
import type { RegistryClient } from "./registry-client.ts";

const firstPage = "tags/list?n=1000";

/** All tags of a repository, page by page (distribution-spec, content discovery); none for one that is not there. */
export async function listTags(
  client: RegistryClient,
  repository: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const action = `list the tags of "${client.host}/${repository}"`;
  const tags: string[] = [];
  const seen = new Set<string>();
  const { origin } = await client.open();
  for (let url: URL | undefined = new URL(`/v2/${repository}/${firstPage}`, origin); url;) {
    if (seen.has(url.href)) {
      throw new AirgapError("RESPONSE_INVALID", `Cannot ${action}: a page names itself as the next`, {
        exit: "protocol",
      });
    }
    seen.add(url.href);
    const response = await client.send({
      method: "GET",
      url,
      access: { repository },
      action,
      accept: [200, 404],
      signal,
    });
    const bytes = await readBody(response, maxMetadataSize, action);
    if (response.status === 404) return tags;
    const page = asObject(parseJson(bytes, { what: "list of tags" }), "list of tags");
    tags.push(...asArray(page.get("tags"), "tags").map((tag) => asString(tag, "tag")));
    url = nextPage(response.headers.get("link") ?? [], url);
  }
  return tags;
}

/** `<...>; rel="next"` (RFC 8288). */
function nextPage(headers: readonly string[], from: URL): URL | undefined {
  const link = headers.map((header) => /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(header)?.[1]).find(Boolean);
  return link === undefined ? undefined : parseLocation(link, from);
}
