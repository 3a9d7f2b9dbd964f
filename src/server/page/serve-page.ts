import type { IncomingMessage } from "node:http";
import { isHost } from "../../oci/reference.ts";
import type { RegistryStorage } from "../../storage/registry-storage.ts";
import { sendBytes } from "../http/exchange.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { contentSecurityPolicy } from "./page-assets.ts";
import { type PageContent, type RepositorySummary, renderPage } from "./render-page.ts";
import type { WantedList } from "../wanted/wanted-list.ts";
import { summarizeTag } from "./summarize-tag.ts";

/** Repositories on one page: each tag of theirs is read for it. */
const pageSize = 50;

/** Answers `/` with a page for people; leaves the rest to the handler. */
export function servePage(
  handler: RequestHandler,
  storage: RegistryStorage,
  wanted?: WantedList,
): RequestHandler {
  return async (request, response) => {
    const [path, search = ""] = (request.url ?? "").split("?", 2);
    if (path !== "/" || !/^(?:GET|HEAD)$/.test(request.method ?? "")) return handler(request, response);
    const page = await readContent(storage, request, new URLSearchParams(search));
    const content = { ...page, wanted: wanted?.list() ?? [] };
    sendBytes(response, 200, Buffer.from(renderPage(content)), {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
  };
}

async function readContent(
  storage: RegistryStorage,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Omit<PageContent, "wanted">> {
  const search = (query.get("q") ?? "").slice(0, 255);
  const last = query.get("last") ?? "";
  const found = (await storage.listRepositories()).filter((name) => name.includes(search.toLowerCase()));
  const rest = found.filter((name) => name > last);
  const names = rest.slice(0, pageSize);
  const more = new URLSearchParams({ ...(search === "" ? {} : { q: search }), last: names.at(-1) ?? "" });
  return {
    host: nameHost(request),
    scheme: "encrypted" in request.socket ? "https" : "http",
    search,
    total: found.length,
    repositories: await Promise.all(names.map((name) => summarize(storage, name))),
    next: rest.length > names.length ? more.toString() : undefined,
  };
}

/** The name under which the reader reached us is the one to pull by, if it can be one at all. */
function nameHost({ headers, socket }: IncomingMessage): string {
  const { host = "" } = headers;
  return isHost(host) ? host : `${socket.localAddress ?? "localhost"}:${socket.localPort ?? 0}`;
}

async function summarize(storage: RegistryStorage, name: string): Promise<RepositorySummary> {
  const tags: RepositorySummary["tags"][number][] = [];
  for (const tag of (await storage.listTags(name))?.keys() ?? []) {
    const summary = await summarizeTag(storage, name, tag);
    if (summary) tags.push(summary);
  }
  return { name, tags };
}
