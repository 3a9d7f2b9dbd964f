import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "../test-registry.ts";
import { sendRefusal } from "./fault.ts";

export interface TokenAuthOptions {
  readonly username?: string;
  readonly password?: string;
  /** Seconds that a token lives by its own word. Default 300. */
  readonly ttl?: number;
  /** The key the token comes under. Default `token`. */
  readonly field?: "token" | "access_token" | "both";
  /** `post`: OAuth alone, a GET is a 404. Default both. */
  readonly methods?: "get" | "post" | "both";
  /** Where the token endpoint is, by which some makers are known. Default `/token`. */
  readonly path?: string;
  /** What `realm` says. Default: an absolute URL on this registry. */
  readonly realm?: (host: string) => string;
  /** Refused tokens are answered with a Basic challenge, as by Harbor, or with none, as by GCR. Default Bearer. */
  readonly onBadToken?: "bearer" | "basic" | "nothing";
  /** Further challenges, sent first: `Negotiate`. */
  readonly otherChallenges?: readonly string[];
  /** The token endpoint itself answers this status. */
  readonly tokenStatus?: number;
  /** A scope given twice for one repository loses push, as on GitLab (kaniko#181). */
  readonly duplicateScopeDropsPush?: boolean;
  /** Whether somebody may do something; the token is given either way, with what is allowed. Default: yes to all. */
  readonly allow?: (repository: string, action: string) => boolean;
  /** Pulls need no token. */
  readonly anonymousPull?: boolean;
  /** An identity token that is exchanged by POST with `grant_type=refresh_token`. */
  readonly identityToken?: string;
  readonly now?: () => number;
}

export interface TokenAuth {
  readonly fault: Fault;
  /** What was asked of the token endpoint: scopes as sent, and how. */
  readonly asked: {
    readonly method: string;
    readonly scopes: readonly string[];
    readonly authorization?: string;
  }[];
  /** Makes every token that was given worthless, without telling anybody. */
  expireTokens(): void;
}

interface Grant {
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly until: number;
}

/** A registry behind Bearer tokens, with the token endpoint on the same origin (distribution, spec/auth). */
export function createTokenAuth(options: TokenAuthOptions = {}): TokenAuth {
  const grants = new Map<string, Grant>();
  const asked: TokenAuth["asked"][number][] = [];
  const now = options.now ?? Date.now;
  const path = options.path ?? "/token";
  const fault: Fault = (handler) => async (request, response) => {
    const url = new URL(request.url ?? "", "http://registry");
    if (url.pathname === path) return giveToken(request, response, url);
    const grant = grants.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    const needs = neededScopes(request.method ?? "", url);
    const isOpen =
      options.anonymousPull && url.pathname !== "/v2/" && needs.every(([, action]) => action === "pull");
    const isGranted =
      grant && grant.until > now() && needs.every(([name, action]) => grant.scopes.get(name)?.has(action));
    return isOpen || isGranted ? handler(request, response) : challenge(request, response, needs);
  };
  return { fault, asked, expireTokens: () => grants.clear() };

  async function giveToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = request.method === "POST" ? await readForm(request) : undefined;
    const scopes = (form?.get("scope")?.split(" ") ?? url.searchParams.getAll("scope")).filter(Boolean);
    const { authorization } = request.headers;
    asked.push({ method: request.method ?? "", scopes, ...(authorization ? { authorization } : {}) });
    const method = form ? "post" : "get";
    if ((options.methods ?? "both") !== "both" && options.methods !== method) {
      return sendRefusal(response, { status: 404, body: "404 page not found" });
    }
    if (options.tokenStatus !== undefined) {
      return sendRefusal(response, { status: options.tokenStatus, code: "DENIED", message: "denied" });
    }
    if (!isKnown(authorization, form)) {
      return sendRefusal(response, {
        status: 401,
        code: "UNAUTHORIZED",
        message: "incorrect username or password",
      });
    }
    const granted = grantScopes(scopes, options);
    const ttl = options.ttl ?? 300;
    const token = makeToken(granted, ttl, now());
    grants.set(token, { scopes: granted, until: now() + ttl * 1000 });
    const field = options.field ?? "token";
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        ...(field === "access_token" ? {} : { token }),
        ...(field === "token" ? {} : { access_token: token }),
        expires_in: ttl,
        issued_at: new Date(now()).toISOString(),
      }),
    );
  }

  function isKnown(authorization: string | undefined, form: URLSearchParams | undefined): boolean {
    if (form?.get("grant_type") === "refresh_token") {
      return form.get("refresh_token") === options.identityToken;
    }
    if (options.username === undefined) return true;
    const basic = `Basic ${Buffer.from(`${options.username}:${options.password ?? ""}`).toString("base64")}`;
    if (authorization === undefined && form === undefined) return options.anonymousPull ?? false;
    if (form) return form.get("username") === options.username && form.get("password") === options.password;
    return authorization === basic;
  }

  function challenge(
    request: IncomingMessage,
    response: ServerResponse,
    needs: readonly (readonly [string, string])[],
  ): void {
    const isBadToken = request.headers.authorization !== undefined;
    const how = isBadToken ? (options.onBadToken ?? "bearer") : "bearer";
    const host = request.headers.host ?? "";
    const realm =
      options.realm?.(host) ?? `${"encrypted" in request.socket ? "https" : "http"}://${host}${path}`;
    const scope = scopeParameter(needs);
    const bearer = `Bearer realm="${realm}",service="test-registry"${scope}${isBadToken ? ',error="invalid_token"' : ""}`;
    const own = how === "bearer" ? [bearer] : how === "basic" ? ['Basic realm="harbor"'] : [];
    const challenges = own.length ? [...(options.otherChallenges ?? []), ...own] : [];
    const headers = challenges.length ? { "www-authenticate": challenges } : {};
    sendRefusal(response, { status: 401, code: "UNAUTHORIZED", message: "authentication required", headers });
  }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

/** Pairs of repository and action, as distribution asks for: a mount needs pull on its source as well. */
function neededScopes(method: string, url: URL): readonly (readonly [string, string])[] {
  const repository = /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1];
  if (repository === undefined) return [];
  const from = url.searchParams.get("from");
  const mount: [string, string][] = from === null ? [] : [[from, "pull"]];
  if (method === "GET" || method === "HEAD") return [[repository, "pull"]];
  if (method === "DELETE") return [[repository, "delete"]];
  return [[repository, "pull"], [repository, "push"], ...mount];
}

function scopeParameter(needs: readonly (readonly [string, string])[]): string {
  const names = new Set(needs.map(([name]) => name));
  const scopes = [...names].map((name) => {
    const actions = needs.filter(([needed]) => needed === name).map(([, action]) => action);
    return `repository:${name}:${actions.join(",")}`;
  });
  return scopes.length ? `,scope="${scopes.join(" ")}"` : "";
}

function grantScopes(scopes: readonly string[], options: TokenAuthOptions): Map<string, Set<string>> {
  const granted = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const [, name = "", actions = ""] = /^repository:(.+):([^:]*)$/.exec(scope) ?? [];
    const allowed = actions.split(",").filter((action) => options.allow?.(name, action) ?? true);
    const known = granted.get(name);
    if (known && options.duplicateScopeDropsPush) known.delete("push");
    else granted.set(name, new Set([...(known ?? []), ...allowed]));
  }
  return granted;
}

/** Shaped like a JWT, so that a client may look inside; not signed. */
function makeToken(scopes: ReadonlyMap<string, ReadonlySet<string>>, ttl: number, now: number): string {
  const access = [...scopes].map(([name, actions]) => ({ type: "repository", name, actions: [...actions] }));
  const payload = { access, exp: Math.floor(now / 1000) + ttl, jti: randomUUID() };
  return [{ alg: "none", typ: "JWT" }, payload, "signature"].map(encodePart).join(".");
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
