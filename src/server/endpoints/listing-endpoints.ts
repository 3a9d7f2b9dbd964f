import { type Exchange, sendJson } from "../http/exchange.ts";
import { RegistryError } from "../http/registry-error.ts";

/** The tags of a repository (spec.md#listing-tags; end-8). */
export async function sendTags(exchange: Exchange): Promise<void> {
  const { repository } = exchange.route;
  const tags = await exchange.storage.listTags(repository);
  if (!tags) throw new RegistryError(404, "NAME_UNKNOWN", "there is no such repository");
  const page = takePage(exchange, [...tags.keys()], `/v2/${repository}/tags/list`);
  sendJson(exchange.response, 200, { name: repository, tags: page });
}

/** All repositories, as docker's API lists them (distribution, spec/api.md#catalog). */
export async function sendCatalog(exchange: Exchange): Promise<void> {
  const page = takePage(exchange, await exchange.storage.listRepositories(), "/v2/_catalog");
  sendJson(exchange.response, 200, { repositories: page });
}

/** The names behind `last`, at most `n`, with a link to the next page where there is one. */
function takePage({ query, response }: Exchange, names: readonly string[], path: string): readonly string[] {
  const last = query.get("last");
  const rest = last === null ? names : names.filter((name) => name > last);
  const n = query.get("n");
  if (n === null) return rest;
  if (!/^\d{1,9}$/.test(n)) throw new RegistryError(400, "UNSUPPORTED", "n is not a whole number");
  const page = rest.slice(0, Number(n));
  const final = page.at(-1);
  if (final !== undefined && page.length < rest.length) {
    const next = new URLSearchParams({ n, last: final });
    response.setHeader("link", `<${path}?${next.toString()}>; rel="next"`);
  }
  return page;
}
