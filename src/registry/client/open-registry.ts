import { AirgapError } from "../../oci/airgap-error.ts";
import { isPrivateHost, type LookUp } from "./address.ts";
import { Authorizer, type AuthorizerOptions } from "../auth/authorizer.ts";
import { type Challenge, parseChallenges } from "../auth/challenge.ts";
import { checkPing } from "./check-ping.ts";
import type { Clock } from "../http/clock.ts";
import { basicAuthorization, type Credentials, hasPassword } from "../auth/credentials.ts";
import type { CredentialFinder } from "../auth/find-credentials.ts";
import { networkError } from "../http/network-error.ts";
import { classifyNetworkError } from "../http/network-failure.ts";
import { readRefusal } from "../refusal/refusal.ts";
import { refusalError } from "../refusal/refusal-error.ts";
import { signInRules } from "../refusal/refusal-rules.ts";
import type { RegistryOrigin } from "./registry-origin.ts";
import { describeWait, requestWithRetries, type Wait } from "../http/retry.ts";
import { createTokenExchange } from "../auth/token-exchange.ts";
import type { RegistryResponse, Transport } from "../http/transport.ts";
import { detectVendor, type Vendor } from "../refusal/vendor.ts";
import { note, type OnNotice } from "../../content/notice.ts";

/** A registry that answered, and how to sign requests to it. */
export interface OpenRegistry {
  readonly origin: URL;
  readonly vendor: Vendor;
  /** One for all repositories that the same credentials are for. */
  authorizerFor(repository: string): Promise<Authorizer>;
}

export interface OpenRegistryOptions {
  readonly origin: RegistryOrigin;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Whether a token server may be asked over http although the registry speaks https. */
  readonly insecure: boolean;
  /** The proxy that requests to an address go through, if any. */
  readonly proxyFor?: ((url: URL) => URL | undefined) | undefined;
  readonly credentials: CredentialFinder;
  /** Whether tokens are to be for pulling alone. */
  readonly readOnly: boolean;
  readonly onNotice: OnNotice;
  readonly lookUp?: LookUp | undefined;
  readonly signal?: AbortSignal | undefined;
}

const pingTimeout = 30_000;
const attempts = 5;

/** Finds out how a registry is to be spoken to: its scheme (decision 14), and what it asks for to sign in. */
export async function openRegistry(options: OpenRegistryOptions): Promise<OpenRegistry> {
  try {
    return await openEither(options);
  } catch (error) {
    throw blameProxy(error, options);
  }
}

/** A proxy on the way that nobody thinks of is a usual reason why a registry cannot be reached at a closed site. */
function blameProxy(error: unknown, { origin, proxyFor }: OpenRegistryOptions): unknown {
  const asked = [origin.url, ...(origin.fallback ? [origin.fallback.url] : [])];
  const proxy = asked.map((url) => proxyFor?.(url)).find((found) => found !== undefined);
  const isLost = error instanceof AirgapError && (error.exit === "unreachable" || error.exit === "gaveUp");
  if (!proxy || !isLost) return error;
  const blame = `It was asked through the proxy "${proxy.host}" of HTTPS_PROXY or HTTP_PROXY: correct that, or except the registry with NO_PROXY=${origin.url.hostname}.`;
  const hint = error.code === "PROXY_REFUSED" ? blame : [...(error.hint?.split("\n") ?? []), blame];
  return new AirgapError(error.code, error.message, { exit: error.exit, hint, cause: error.cause });
}

async function openEither(options: OpenRegistryOptions): Promise<OpenRegistry> {
  const { host, url, fallback } = options.origin;
  try {
    return await openAt(url, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const isPrivate = fallback?.when === "if-private";
    if (!fallback || !(await mayFallBack(error, isPrivate, options))) {
      throw networkError(`reach registry "${host}"`, url, error, false);
    }
    return openOverHttp(fallback.url, isPrivate, options);
  }
}

async function mayFallBack(
  error: unknown,
  isPrivate: boolean,
  options: OpenRegistryOptions,
): Promise<boolean> {
  const failure = classifyNetworkError(error);
  if (!isPrivate) return failure !== undefined;
  return failure?.kind === "not-tls" && isPrivateHost(options.origin.url.hostname, options.lookUp);
}

async function openOverHttp(
  url: URL,
  isPrivate: boolean,
  options: OpenRegistryOptions,
): Promise<OpenRegistry> {
  const { host } = options.origin;
  try {
    const opened = await openAt(url, isPrivate ? { ...options, credentials: nothing } : options);
    const condition = isPrivate ? ", without credentials" : "";
    options.onNotice(note(`Registry "${host}" does not speak https: http is used${condition}`));
    return opened;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw networkError(`reach registry "${host}"`, url, error, false);
  }
}

const nothing: CredentialFinder = { places: [], find: async () => undefined };

async function openAt(origin: URL, options: OpenRegistryOptions): Promise<OpenRegistry> {
  const response = await ping(origin, options);
  const challenges = parseChallenges(response.headers.get("www-authenticate") ?? []);
  const vendor = detectVendor(options.origin.host, challenges, response.headers);
  await checkPing(origin, options.origin.host, response, options.clock.now());
  const authorizers = new Map<Credentials | undefined, Authorizer>();
  return {
    origin,
    vendor,
    authorizerFor: async (repository) => {
      const credentials = await options.credentials.find(repository);
      const authorizer =
        authorizers.get(credentials) ?? createAuthorizer(origin, challenges, vendor, credentials, options);
      authorizers.set(credentials, authorizer);
      return authorizer;
    },
  };
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
  const onWait = (wait: Wait): void => options.onNotice(note(describeWait(options.origin.host, wait)));
  return requestWithRetries(send, { attempts, clock, signal, contacted: false, onWait });
}

function createAuthorizer(
  origin: URL,
  challenges: readonly Challenge[],
  vendor: Vendor,
  credentials: Credentials | undefined,
  options: OpenRegistryOptions,
): Authorizer {
  const { clock, insecure, readOnly } = options;
  return new Authorizer({
    origin,
    challenges,
    credentials,
    missing: describeMissing(options.credentials),
    insecure,
    readOnly,
    exchange: createTokenExchange(origin, options),
    refuse: async (action, { repository }, answer) => {
      const { host } = options.origin;
      const refusal = await readRefusal(answer, clock.now(), authorizationOf(credentials));
      return refusalError(action, refusal, { vendor, host, repository, isRead: readOnly }, signInRules);
    },
    clock,
  });
}

/** What a token server was shown. */
function authorizationOf(credentials: Credentials | undefined): string | undefined {
  if (credentials?.identityToken !== undefined) return `Bearer ${credentials.identityToken}`;
  return hasPassword(credentials)
    ? basicAuthorization(credentials.username, credentials.password)
    : undefined;
}

function describeMissing(finder: CredentialFinder): AuthorizerOptions["missing"] {
  if (finder === nothing) {
    return {
      detail: "it wants credentials, and over http none are sent",
      hint: "Give --plain-http to send them unprotected, or have TLS enabled on the registry.",
    };
  }
  return {
    detail: `there are no credentials for it in ${finder.places.map((place) => `"${place}"`).join(", ")}`,
    hint: "Give --username NAME --password-stdin, or sign in with docker login or podman login.",
  };
}
