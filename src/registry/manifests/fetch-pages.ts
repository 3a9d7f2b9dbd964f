import { maxMetadataSize } from "../../content/repository.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Pace, tooSlow } from "../http/answer-pace.ts";
import { networkError } from "../http/network-error.ts";
import { resolveLocation } from "../http/resolve-location.ts";
import { readAnswer } from "../http/read-answer.ts";
import type { RepositoryAccess } from "../auth/scopes.ts";
import type { RegistryClient } from "../client/registry-client.ts";

export interface PagesRequest {
  readonly access: RepositoryAccess;
  /** Of the first page: `/v2/app/tags/list`. */
  readonly path: string;
  /** For messages. */
  readonly action: string;
  /** Answers that mean that there is no list, besides 404. */
  readonly absent?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** What no real list comes near. */
const mostPages = 10_000;
const mostBytes = 64 * 1024 * 1024;
/** A page may take its time, and a list of thousands of small ones then would take days: all of it has to bring so much. */
const slowestList: Pace = { bytes: 64 * 1024, milliseconds: 600_000 };

/**
 * The pages of a list, one after the other; none where the registry has no such list. Throws `RESPONSE_INVALID` for a circle,
 * for a list without end, for one that breaks off or whose next page cannot be told, and `REGISTRY_TIMEOUT` for one that comes
 * too slowly.
 */
export async function* fetchPages(
  client: RegistryClient,
  { access, path, action, absent = [], signal }: PagesRequest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const seen = new Set<string>();
  let [size, waited] = [0, 0];
  const { origin } = await client.open();
  for (let url: URL | undefined = new URL(path, origin); url;) {
    if (seen.has(url.href)) throw invalid(action, "a page names itself as the next");
    if (seen.size === mostPages || size > mostBytes) throw invalid(action, "it has no end");
    seen.add(url.href);
    const since = client.clock.now();
    const response = await client.send({
      method: "GET",
      url,
      access,
      action,
      accept: [200, 404, ...absent],
      signal,
    });
    const bytes = await readAnswer(response, maxMetadataSize, action);
    if (response.status !== 200) {
      if (seen.size > 1) throw invalid(action, "it breaks off: its next page is not there");
      return;
    }
    size += bytes.length;
    waited += client.clock.now() - since;
    if (waited > slowestList.milliseconds * (1 + Math.floor(size / slowestList.bytes))) {
      throw networkError(action, url, tooSlow(size, { milliseconds: waited }), true);
    }
    yield bytes;
    url = nextPage(response.headers.get("link") ?? [], url, action);
  }
}

/**
 * `<...>; rel="next"` (RFC 8288). Asked of the same registry whatever host is named: one behind a proxy may take itself for
 * another, and a list is never another registry's to tell. Throws for one that cannot be read: the list would seem whole.
 */
function nextPage(headers: readonly string[], from: URL, action: string): URL | undefined {
  const header = headers.find((text) => /\brel\s*=\s*["']?next\b/i.test(text));
  if (header === undefined) return undefined;
  const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*["']?next\b/i.exec(header)?.[1];
  const next = link === undefined ? undefined : resolveLocation(link, from);
  if (!next) throw invalid(action, "the link to its next page cannot be read");
  return new URL(next.pathname + next.search, from);
}

function invalid(action: string, detail: string): AirgapError {
  return new AirgapError("RESPONSE_INVALID", `Cannot ${action}: ${detail}`, { exit: "protocol" });
}
