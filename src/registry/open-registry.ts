import { AirgapError } from "../oci/airgap-error.ts";
import { stripMediaTypeParameters } from "../oci/media-type.ts";
import { printable } from "../oci/printable.ts";
import { isPrivateHost, type LookUp } from "./address.ts";
import { Authorizer, type AuthorizerOptions } from "./authorizer.ts";
import { parseChallenges } from "./challenge.ts";
import type { Clock } from "./clock.ts";
import type { Credentials } from "./credentials.ts";
import { networkError } from "./network-error.ts";
import { classifyNetworkError } from "./network-failure.ts";
import { readRefusal, type Refusal } from "./refusal.ts";
import { refusalError } from "./refusal-error.ts";
import type { RegistryOrigin } from "./registry-origin.ts";
import { isPassingStatus, requestWithRetries } from "./retry.ts";
import type { TokenExchange } from "./token-request.ts";
import { headerOf, type RegistryResponse, type Transport } from "./transport.ts";

/** A registry that answered, and how to sign requests to it. */
export interface OpenRegistry {
  readonly origin: URL;
  readonly authorizer: Authorizer;
}

export interface FoundCredentials {
  readonly credentials: Credentials | undefined;
  /** The places that were looked into, for an error. */
  readonly searched: readonly string[];
}

export interface OpenRegistryOptions {
  readonly origin: RegistryOrigin;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly insecure: boolean;
  readonly findCredentials: () => Promise<FoundCredentials>;
  readonly onNotice: (text: string) => void;
  readonly lookUp?: LookUp | undefined;
  readonly signal?: AbortSignal | undefined;
}

const pingTimeout = 30_000;
const tokenTimeout = 60_000;
const attempts = 5;

/** Finds out how a registry is to be spoken to: its scheme (decision 14), and what it asks for to sign in. */
export async function openRegistry(options: OpenRegistryOptions): Promise<OpenRegistry> {
  const { host, url, fallback } = options.origin;
  try {
    return await openAt(url, true, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = classifyNetworkError(error);
    const isPrivate = fallback?.when === "if-private";
    const mayFallBack = isPrivate
      ? failure?.kind === "not-tls" && (await isPrivateHost(url.hostname, options.lookUp))
      : failure !== undefined;
    if (!fallback || !mayFallBack) throw networkError(`reach registry "${host}"`, url, error, false);
    options.onNotice(
      `Registry "${host}" does not speak https: http is used${isPrivate ? ", without credentials" : ""}`,
    );
    return openOverHttp(fallback.url, !isPrivate, options);
  }
}

async function openOverHttp(url: URL, signs: boolean, options: OpenRegistryOptions): Promise<OpenRegistry> {
  try {
    return await openAt(url, signs, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw networkError(`reach registry "${options.origin.host}"`, url, error, false);
  }
}

async function openAt(origin: URL, signs: boolean, options: OpenRegistryOptions): Promise<OpenRegistry> {
  const response = await ping(origin, options);
  await checkPing(origin, response, options);
  const found = signs ? await options.findCredentials() : undefined;
  const authorizer = new Authorizer({
    origin,
    challenges: parseChallenges(response.headers.get("www-authenticate") ?? []),
    credentials: found?.credentials,
    missing: missingCredentials(found),
    insecure: options.insecure,
    exchange: createTokenExchange(origin, options),
    refuse: async (action, answer) => refusalError(action, origin.host, await readRefusal(answer)),
    clock: options.clock,
  });
  return { origin, authorizer };
}

function ping(origin: URL, options: OpenRegistryOptions): Promise<RegistryResponse> {
  const { transport, clock, signal, userAgent } = options;
  const send = (): Promise<RegistryResponse> =>
    transport.request({
      method: "GET",
      url: new URL("/v2/", origin),
      headers: { "user-agent": userAgent },
      timeout: pingTimeout,
      signal,
    });
  return requestWithRetries(send, { attempts, clock, signal, contacted: false });
}

/** Only 200 and 401 come from a registry; a 200 with a web page comes from something else. */
async function checkPing(
  origin: URL,
  response: RegistryResponse,
  options: OpenRegistryOptions,
): Promise<void> {
  const isPage = stripMediaTypeParameters(headerOf(response, "content-type") ?? "") === "text/html";
  if (response.status === 401 || (response.status === 200 && !isPage)) return response.discard();
  const location = headerOf(response, "location");
  const refusal = await readRefusal(response);
  const { host } = options.origin;
  if (isPassingStatus(refusal.status)) throw refusalError(`reach registry "${host}"`, origin.host, refusal);
  throw new AirgapError(
    "NOT_A_REGISTRY",
    `Cannot use "${host}" as a registry: GET ${origin.origin}/v2/ was answered ${describePing(refusal, location)}`,
    { exit: "unreachable", hint: pingHint(refusal, location) },
  );
}

function describePing(refusal: Refusal, location: string | undefined): string {
  const where = location === undefined ? "" : ` to "${printable(location)}"`;
  return `${refusal.status}${where}${refusal.message ? `, ${refusal.message}` : ""}`;
}

function pingHint(refusal: Refusal, location: string | undefined): string {
  if (/HTTP request (?:to an|was sent to) HTTPS/i.test(refusal.message))
    return "The registry speaks https: leave --plain-http and http:// out.";
  if (location?.startsWith("https://")) return "Use the address that it points to, without --plain-http.";
  return "Check the port: registries often listen on another one than their web pages.";
}

function missingCredentials(found: FoundCredentials | undefined): AuthorizerOptions["missing"] {
  if (!found) {
    return {
      detail: "it wants credentials, and over http none are sent",
      hint: "Give --plain-http to send them unprotected, or have TLS enabled on the registry.",
    };
  }
  return {
    detail: `no credentials for it in ${found.searched.join(", ") || "the options"}`,
    hint: "Give --username NAME --password-stdin, or sign in with docker login or podman login.",
  };
}

function createTokenExchange(origin: URL, options: OpenRegistryOptions): TokenExchange {
  const { transport, clock, signal, userAgent } = options;
  return async (request) => {
    const send = (): Promise<RegistryResponse> =>
      transport.request({
        ...request,
        headers: { ...request.headers, "user-agent": userAgent },
        timeout: tokenTimeout,
        signal,
      });
    try {
      return await requestWithRetries(send, {
        attempts,
        clock,
        signal,
        contacted: request.url.origin === origin.origin,
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw tokenServerError(origin, request.url, error);
    }
  };
}

function tokenServerError(origin: URL, realm: URL, error: unknown): unknown {
  const action = `sign in to "${origin.host}"`;
  const reason = networkError(action, realm, error, true);
  if (!(reason instanceof AirgapError) || realm.host === origin.host) return reason;
  return new AirgapError(
    reason.code,
    `${reason.message} (the registry names "${realm.origin}" as its token server)`,
    {
      exit: reason.exit,
      hint: `Check the external address that the registry is configured with (ROOT_URL, external_url). ${reason.hint ?? ""}`.trim(),
      cause: error,
    },
  );
}
