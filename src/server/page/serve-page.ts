import type { IncomingMessage } from "node:http";
import type { ContentStorage } from "../../storage/content-storage.ts";
import { sendBytes } from "../http/exchange.ts";
import { ownHost, ownScheme } from "../http/own-address.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { foldTags } from "./fold-tags.ts";
import { contentSecurityPolicy } from "./page-assets.ts";
import { type PageContent, type RepositorySummary, renderPage } from "./render-page.ts";
import type { WantedList } from "../wanted/wanted-list.ts";
import { summarizeTag } from "./summarize-tag.ts";

/** What could be part of a platform: images are looked into for that alone. */
const platformWord = /^(?:linux|windows|freebsd|[a-z]*\/|amd64|arm|386|ppc64|s390x|riscv64|mips|loong64)/;

/** Repositories on one page: each tag of theirs is read for it. */
const pageSize = 50;

/** Answers `/` with a page for people; leaves the rest to the handler. */
export function servePage(
  handler: RequestHandler,
  storage: ContentStorage,
  wanted?: WantedList,
): RequestHandler {
  return async (request, response) => {
    const [path, search = ""] = (request.url ?? "").split("?", 2);
    if (path !== "/" || !/^(?:GET|HEAD)$/.test(request.method ?? "")) return handler(request, response);
    const page = await readContent(storage, request, new URLSearchParams(search));
    const content = { ...page, wanted: wanted?.list() ?? [], usage: await storage.measureUsage() };
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
  storage: ContentStorage,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Omit<PageContent, "wanted" | "usage">> {
  const search = (query.get("q") ?? "").slice(0, 255);
  const last = query.get("last") ?? "";
  const found = await findRepositories(storage, search.toLowerCase());
  const rest = found.filter((name) => name > last);
  const names = rest.slice(0, pageSize);
  const more = new URLSearchParams({ ...(search === "" ? {} : { q: search }), last: names.at(-1) ?? "" });
  return {
    host: ownHost(request),
    scheme: ownScheme(request),
    isSignedIn: request.headers.authorization !== undefined,
    search,
    total: found.length,
    repositories: await Promise.all(names.map((name) => summarize(storage, name))),
    next: rest.length > names.length ? more.toString() : undefined,
  };
}

/** Repositories that a search finds by their own name, by a tag, or by a digest of one of their manifests. */
async function findRepositories(storage: ContentStorage, search: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await storage.listRepositories()) {
    if (name.includes(search) || (await hasMatch(storage, name, search))) found.push(name);
  }
  return found;
}

async function hasMatch(storage: ContentStorage, name: string, search: string): Promise<boolean> {
  const tags = [...((await storage.listTags(name))?.keys() ?? [])];
  if (tags.some((tag) => tag.toLowerCase().includes(search))) return true;
  const digests = await storage.listManifests(name);
  if (digests.some((digest) => digest.includes(search))) return true;
  if (!platformWord.test(search)) return false;
  const summaries = await summarize(storage, name);
  return summaries.tags.some(({ platforms }) => [...platforms.keys()].some((each) => each.includes(search)));
}

async function summarize(storage: ContentStorage, name: string): Promise<RepositorySummary> {
  const tags: RepositorySummary["tags"][number][] = [];
  for (const tag of (await storage.listTags(name))?.keys() ?? []) {
    const summary = await summarizeTag(storage, name, tag);
    if (summary) tags.push(summary);
  }
  return { name, tags: foldTags(tags) };
}
