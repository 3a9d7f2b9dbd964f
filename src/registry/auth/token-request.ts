import { AirgapError } from "../../oci/airgap-error.ts";
import { asOptionalString, type JsonObject } from "../../oci/json.ts";
import { basicAuthorization, type Credentials, hasPassword } from "./credentials.ts";
import { readAnswer } from "../http/read-answer.ts";
import type { RegistryRequest, RegistryResponse } from "../http/transport.ts";

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** For errors: `sign in to "host"`. */
  readonly action: string;
}

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly refreshToken: string | undefined;
}

/** Sends one request to the token server, retried where that can help. */
export type TokenExchange = (
  request: Pick<RegistryRequest, "method" | "url" | "headers" | "body">,
) => Promise<RegistryResponse>;

const clientID = "airgap-load";
const tokenLimit = 1024 * 1024;
const shortestLife = 60;

/**
 * Asks a token server for a Bearer token (distribution, auth/token.md and auth/oauth.md): with a refresh token by POST,
 * else by GET, the one form that all servers have; a password goes by POST only where GET is not there. A refused password is not tried a
 * second time, since that locks accounts. Gives the token, or the answer that refuses it.
 */
export async function requestToken(
  request: TokenRequest,
  exchange: TokenExchange,
  now: () => number,
): Promise<Token | RegistryResponse> {
  const response = await askForToken(request, exchange);
  if (response.status !== 200) return response;
  return parseToken(await readAnswer(response, tokenLimit, request.action), request.action, now());
}

async function askForToken(request: TokenRequest, exchange: TokenExchange): Promise<RegistryResponse> {
  const { credentials } = request;
  const { identityToken } = credentials ?? {};
  if (identityToken !== undefined) {
    const answer = await post(request, exchange, {
      grant_type: "refresh_token",
      refresh_token: identityToken,
    });
    if (answer.status !== 404) return answer;
    await answer.discard();
    return get(request, exchange, { username: "<token>", password: identityToken });
  }
  const answer = await get(request, exchange, credentials);
  if (!hasPassword(credentials) || (answer.status !== 404 && answer.status !== 405)) return answer;
  await answer.discard();
  const { username, password } = credentials;
  return post(request, exchange, { grant_type: "password", username, password });
}

function get(
  request: TokenRequest,
  exchange: TokenExchange,
  credentials: Credentials | undefined,
): Promise<RegistryResponse> {
  const url = new URL(request.realm);
  const known = hasPassword(credentials) ? credentials : undefined;
  if (known && known.username !== "<token>") url.searchParams.append("account", known.username);
  if (request.service !== undefined) url.searchParams.append("service", request.service);
  for (const scope of request.scopes) url.searchParams.append("scope", scope);
  const headers: Record<string, string> = known
    ? { authorization: basicAuthorization(known.username, known.password) }
    : {};
  return exchange({ method: "GET", url, headers });
}

function post(
  request: TokenRequest,
  exchange: TokenExchange,
  grant: Readonly<Record<string, string>>,
): Promise<RegistryResponse> {
  const form = new URLSearchParams({
    ...grant,
    client_id: clientID,
    ...(request.service === undefined ? {} : { service: request.service }),
    ...(request.scopes.length ? { scope: request.scopes.join(" ") } : {}),
  });
  const body = new TextEncoder().encode(form.toString());
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": String(body.length),
  };
  return exchange({ method: "POST", url: request.realm, headers, body });
}

function parseToken(bytes: Uint8Array, action: string, now: number): Token {
  const what = "token";
  const object = parseAnswer(bytes, action);
  const value =
    asOptionalString(object.get("token"), what) ?? asOptionalString(object.get("access_token"), what);
  if (value === undefined) throw invalidToken(action, "has no token");
  if (!/^[\x21-\x7e]+$/.test(value)) throw invalidToken(action, "has a token that no header can carry");
  const seconds = Math.max(shortestLife, Number(object.get("expires_in")) || 0);
  return {
    value,
    expiresAt: issuedAt(object.get("issued_at"), seconds, now) + seconds * 1000,
    refreshToken: asOptionalString(object.get("refresh_token"), what),
  };
}

/** A parser's own errors quote what they read, here a token: they are not passed on. */
function parseAnswer(bytes: Uint8Array, action: string): JsonObject {
  try {
    // Not by the strict parser: a key that is there twice is no reason to refuse a token.
    return new Map(Object.entries(asRecord(JSON.parse(new TextDecoder().decode(bytes)))));
  } catch {
    throw invalidToken(action, "is not a JSON object");
  }
}

function asRecord(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new TypeError("not an object");
}

function invalidToken(action: string, detail: string): AirgapError {
  return new AirgapError("TOKEN_INVALID", `Cannot ${action}: the token server's answer ${detail}`, {
    exit: "protocol",
  });
}

/** Server clocks differ: an issue time in the future, or one that makes the token stale already, counts as now. */
function issuedAt(value: unknown, seconds: number, now: number): number {
  const issued = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return issued <= now && issued + seconds * 1000 > now ? issued : now;
}
