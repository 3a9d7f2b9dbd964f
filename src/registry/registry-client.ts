import type { Authorizer } from "./authorizer.ts";
import { parseChallenges } from "./challenge.ts";
import type { Clock } from "./clock.ts";
import { networkError } from "./network-error.ts";
import type { OpenRegistry } from "./open-registry.ts";
import { parseLocation } from "./parse-location.ts";
import { readRefusal } from "./refusal.ts";
import { refusalError } from "./refusal-error.ts";
import { requestWithRetries } from "./retry.ts";
import { headerOf, type RegistryRequest, type RegistryResponse, type Transport } from "./transport.ts";
import { parseWarnings } from "./warning-header.ts";

/** One operation on a registry, to be signed, retried and judged. */
export interface ClientRequest {
  readonly method: RegistryRequest["method"];
  /** A path of the registry, or an address that it gave. */
  readonly url: string | URL;
  readonly scopes: readonly string[];
  /** What is being done, to follow "Cannot": `push blob "sha256:..." to "host/app"`. */
  readonly action: string;
  /** The statuses that are answers; any other is thrown as a `RegistryRefusal`. */
  readonly accept: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or a way to get them again should they have to be sent again; with its size in bytes. */
  readonly body?: Uint8Array | { readonly size: number; readonly open: () => AsyncIterable<Uint8Array> };
  /** Most tries, default 5. */
  readonly attempts?: number;
  /** Milliseconds to wait for the status line, default a minute. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly onNotice: (text: string) => void;
  readonly onThrottled: () => void;
  readonly open: () => Promise<OpenRegistry>;
}

const defaultTimeout = 60_000;
const defaultAttempts = 5;
const maxHops = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Speaks to one registry: opens it at the first request, signs, follows redirects, retries, and reads refusals. */
export class RegistryClient {
  readonly clock: Clock;
  readonly #options: RegistryClientOptions;
  readonly #warned = new Set<string>();
  #opened: Promise<OpenRegistry> | undefined;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.clock = options.clock;
  }

  /** Pings the registry, once; throws where it cannot be used. */
  open(): Promise<OpenRegistry> {
    this.#opened ??= this.#options.open();
    return this.#opened;
  }

  /** Sends until there is an answer; throws a `RegistryRefusal` for a status that the request does not accept. */
  async send(request: ClientRequest): Promise<RegistryResponse> {
    const { origin, authorizer } = await this.open();
    const url = new URL(request.url, origin);
    const response = await this.#retried(url, request, () => this.#signed(authorizer, origin, url, request));
    if (request.accept.includes(response.status)) return response;
    throw refusalError(request.action, origin.host, await readRefusal(response));
  }

  async #retried(
    url: URL,
    request: ClientRequest,
    send: () => Promise<RegistryResponse>,
  ): Promise<RegistryResponse> {
    try {
      return await requestWithRetries(send, {
        attempts: request.attempts ?? defaultAttempts,
        clock: this.clock,
        contacted: true,
        signal: request.signal,
        onThrottled: this.#options.onThrottled,
      });
    } catch (error) {
      request.signal?.throwIfAborted();
      throw networkError(request.action, url, error, true);
    }
  }

  async #signed(
    authorizer: Authorizer,
    origin: URL,
    url: URL,
    request: ClientRequest,
  ): Promise<RegistryResponse> {
    const isOurs = url.origin === origin.origin;
    const sent = isOurs ? await authorizer.authorization(request.scopes) : undefined;
    const response = await this.#follow(url, request, sent);
    if (response.status !== 401 || !isOurs) return response;
    const challenges = parseChallenges(response.headers.get("www-authenticate") ?? []);
    if (!(await authorizer.renew(request.scopes, sent, challenges))) return response;
    await response.discard();
    return this.#follow(url, request, await authorizer.authorization(request.scopes));
  }

  /** Follows redirects of requests without a body; what was signed for one origin is not shown to another. */
  async #follow(
    url: URL,
    request: ClientRequest,
    authorization: string | undefined,
  ): Promise<RegistryResponse> {
    let at = url;
    for (let hop = 0; ; hop++) {
      const signed = at.origin === url.origin ? authorization : undefined;
      const response = await this.#options.transport.request(this.#wireRequest(at, request, signed));
      this.#reportWarnings(response);
      const isRedirect = redirects.has(response.status) && !request.accept.includes(response.status);
      const next = isRedirect ? redirectTarget(at, request, response) : undefined;
      if (!next || hop >= maxHops) return response;
      await response.discard();
      at = next;
    }
  }

  #wireRequest(url: URL, request: ClientRequest, authorization: string | undefined): RegistryRequest {
    const { body } = request;
    const size = body instanceof Uint8Array ? body.length : body?.size;
    const carriesBody = request.method !== "GET" && request.method !== "HEAD" && request.method !== "DELETE";
    return {
      method: request.method,
      url,
      headers: {
        "user-agent": this.#options.userAgent,
        ...request.headers,
        ...(carriesBody ? { "content-length": String(size ?? 0) } : {}),
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: body === undefined || body instanceof Uint8Array ? body : body.open(),
      timeout: request.timeout ?? defaultTimeout,
      signal: request.signal,
    };
  }

  /** The specification asks clients to report these, once each, and to do nothing else. */
  #reportWarnings(response: RegistryResponse): void {
    for (const warning of parseWarnings(response.headers.get("warning") ?? [])) {
      if (this.#warned.has(warning)) continue;
      this.#warned.add(warning);
      this.#options.onNotice(`The registry says: ${warning}`);
    }
  }
}

function redirectTarget(from: URL, request: ClientRequest, response: RegistryResponse): URL | undefined {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const keepsMethod = response.status === 307 || response.status === 308;
  if (!isRead && (request.body !== undefined || !keepsMethod)) return undefined;
  const to = parseLocation(headerOf(response, "location") ?? "", from);
  if (!to) return undefined;
  const isDowngrade = from.protocol === "https:" && to.protocol !== "https:";
  return isDowngrade || !/^https?:$/.test(to.protocol) ? undefined : to;
}
