import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "../http/exchange.ts";
import { ownHost, ownScheme } from "../http/own-address.ts";
import { RegistryError } from "../http/registry-error.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { findUser, isUnsigned } from "./basic-sign-in.ts";
import type { PasswordFile } from "./password-file.ts";
import { SignInTokens, type TokenAccess, type TokenHolder, tokenLife } from "./sign-in-tokens.ts";

const tokenPath = "/token";
/** Tokens come back in a header, whose size is bounded. */
const maxScopes = 20;

/**
 * Lets everybody read, and those in the password file write, with tokens (distribution, auth/token.md): docker, containerd and
 * podman without credentials give up at a challenge for a password, and fetch a token that is nobody's. A password is taken
 * as well, and pages for people need nothing.
 */
export function offerTokens(handler: RequestHandler, passwords: PasswordFile): RequestHandler {
  const tokens = new SignInTokens(passwords);
  return async (request, response) => {
    const [path = "", search] = (request.url ?? "").split("?", 2);
    if (path === tokenPath) {
      return sendToken(request, response, new URLSearchParams(search), passwords, tokens);
    }
    const isRead = request.method === "GET" || request.method === "HEAD";
    // Also for reading: containerd would else meet its first challenge at a PUT, whose body it then loses.
    const isApi = /^\/v2(?:\/|$)/.test(path);
    const holder = await findHolder(request, passwords, tokens);
    const mayPass = holder?.name !== undefined || (isRead && (holder ?? (!isApi && isUnsigned(request))));
    if (!mayPass) throw holder ? notNobodys() : challenge(request, path, isRead);
    await handler(request, response);
  };
}

async function findHolder(
  request: IncomingMessage,
  passwords: PasswordFile,
  tokens: SignInTokens,
): Promise<TokenHolder | undefined> {
  const token = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token !== undefined) return tokens.check(token);
  const name = await findUser(request, passwords);
  return name === undefined ? undefined : { name };
}

/** Clients that would rather POST go on with GET after 405. */
async function sendToken(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  passwords: PasswordFile,
  tokens: SignInTokens,
): Promise<void> {
  if (request.method !== "GET") {
    throw new RegistryError(405, "UNSUPPORTED", "tokens are fetched with GET", { allow: "GET" });
  }
  const name = await findUser(request, passwords);
  if (name === undefined && !isUnsigned(request)) {
    throw new RegistryError(401, "UNAUTHORIZED", "the name or the password is wrong", {
      "www-authenticate": 'Basic realm="airgap-load", charset="UTF-8"',
    });
  }
  const scopes = query.getAll("scope").flatMap((scope) => scope.split(" "));
  const access = scopes.slice(0, maxScopes).flatMap((scope) => parseScope(scope, name !== undefined));
  const token = await tokens.issue(name, access);
  const issued = new Date().toISOString();
  const answer = { token, access_token: token, expires_in: tokenLife, issued_at: issued };
  sendJson(response, 200, answer, { "cache-control": "no-store" });
}

/** `repository:NAME:pull,push`; what is nobody's is for reading. */
function parseScope(scope: string, isSignedIn: boolean): TokenAccess[] {
  const [, type, name, words = ""] = /^([a-z]+):(.+):([a-z*,]+)$/.exec(scope) ?? [];
  if (type === undefined || name === undefined) return [];
  const actions = words.split(",").filter((action) => isSignedIn || action === "pull");
  return actions.length ? [{ type, name, actions }] : [];
}

/** A second challenge would only be answered with the same token; containerd then hangs. */
function notNobodys(): RegistryError {
  return new RegistryError(403, "DENIED", "a name and a password are needed to write");
}

function challenge(request: IncomingMessage, path: string, isRead: boolean): RegistryError {
  const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(path)?.[1];
  const scope =
    repository === undefined || /["\\]/.test(repository)
      ? ""
      : `,scope="repository:${repository}:${isRead ? "pull" : "pull,push"}"`;
  const realm = `${ownScheme(request)}://${ownHost(request)}${tokenPath}`;
  return new RegistryError(401, "UNAUTHORIZED", "a token is needed, or a name and a password", {
    "docker-distribution-api-version": "registry/2.0",
    "www-authenticate": `Bearer realm="${realm}",service="airgap-load"${scope}`,
  });
}
