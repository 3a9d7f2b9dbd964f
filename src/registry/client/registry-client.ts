import { AirgapError } from "../../oci/airgap-error.ts";
import { nameOptions } from "./name-options.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import { parseChallenges } from "../auth/challenge.ts";
import type { Clock } from "../http/clock.ts";
import { networkError } from "../http/network-error.ts";
import type { OpenRegistry } from "./open-registry.ts";
import { resolveLocation } from "../http/resolve-location.ts";
import { redact } from "../refusal/redact.ts";
import { refusalError } from "../refusal/refusal-error.ts";
import type { RefusalRule } from "../refusal/refusal-rules.ts";
import { readRefusal, type Refusal } from "../refusal/refusal.ts";
import {
  delayAfterStatus,
  describeWait,
  isWorthTelling,
  longestRetryAfter,
  requestWithRetries,
  type Wait,
} from "../http/retry.ts";
import type { RepositoryAccess } from "../auth/scopes.ts";
import { headerOf, type RegistryRequest, type RegistryResponse, type Transport } from "../http/transport.ts";
import { signInFailed } from "../auth/sign-in-failed.ts";
import { parseWarnings } from "../http/warning-header.ts";
import { note, type OnNotice } from "../../content/notice.ts";

/** One operation on a registry, to be signed, retried and judged. */
export interface ClientRequest {
  readonly method: RegistryRequest["method"];
  /** A path of the registry, or an address that it gave. */
  readonly url: string | URL;
  readonly access: RepositoryAccess;
  /** What is being done, to follow "Cannot": `push blob "sha256:..." to "host/app"`. */
  readonly action: string;
  /** The statuses that are answers; any other is thrown as a `RegistryRefusal`. */
  readonly accept: readonly number[];
  /** What refusals mean here, default the general rules. */
  readonly rules?: readonly RefusalRule[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Whether it is for an API beside the registry's, which takes no registry tokens. */
  readonly signWithPassword?: boolean;
  /** Most tries, default 5. */
  readonly attempts?: number;
  /** Milliseconds to wait for the status line, default a minute. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RequestBody {
  readonly size: number;
  readonly open: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether it can be opened again, should the registry want the request signed again. */
  readonly replayable: boolean;
}

export interface RegistryClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly host: string;
  readonly userAgent: string;
  readonly onNotice: OnNotice;
  /** Told of each 429 and 503. */
  readonly onThrottled: () => void;
  /** What the options for this registry begin with where that is not `--`, for hints. */
  readonly optionPrefix?: string | undefined;
  readonly open: () => Promise<OpenRegistry>;
}

interface SignedResponse extends RegistryResponse {
  /** What it was signed with. */
  readonly authorization: string | undefined;
}

const defaultTimeout = 60_000;
const defaultAttempts = 5;
const maxHops = 5;
const throttledTries = 4;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Speaks to one registry: opens it at the first request, signs, follows redirects, retries, and reads refusals. */
export class RegistryClient {
  readonly clock: Clock;
  readonly host: string;
  readonly onNotice: OnNotice;
  readonly #options: RegistryClientOptions;
  readonly #noted = new Set<string>();
  /** Until when each wait that was told lasts. */
  readonly #waits = new Map<string, number>();
  #opened: Promise<OpenRegistry> | undefined;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.host = options.host;
    this.onNotice = (notice) => {
      if (!this.#noted.has(notice.text)) options.onNotice(notice);
      this.#noted.add(notice.text);
    };
  }

  /** Pings the registry, once; throws where it cannot be used. */
  open(): Promise<OpenRegistry> {
    this.#opened ??= this.#inItsOptions(this.#options.open());
    return this.#opened;
  }

  /** Tells of an address at another host that what is uploaded goes to, since it leaves the registry that was named. */
  tellElsewhere(from: URL, { hostname, origin }: URL): void {
    if (hostname === from.hostname) return;
    const why = "as its external address, or its proxy (X-Forwarded-Proto, Host), says";
    this.onNotice(note(`Registry "${this.host}" has uploads go to "${origin}", ${why}`));
  }

  /** Sends until there is an answer; throws a `RegistryRefusal` for a status that the request does not accept. */
  send(request: ClientRequest): Promise<RegistryResponse> {
    return this.#inItsOptions(this.#sendOn(request, 1));
  }

  async #sendOn(request: ClientRequest, tries: number): Promise<RegistryResponse> {
    const opened = await this.open();
    const { origin, vendor } = opened;
    const { access, action } = request;
    const url = new URL(request.url, origin);
    const authorizer = await opened.authorizerFor(access.repository);
    const response = await this.#retry(url, request, () =>
      url.origin === origin.origin
        ? this.#sign(authorizer, url, request)
        : this.#follow(url, request, undefined),
    );
    if (request.accept.includes(response.status)) {
      return { ...response, body: translateErrors(response.body, action, url) };
    }
    const refusal = await readRefusal(response, this.clock.now(), response.authorization);
    if (isThrottled(refusal) && tries < throttledTries && request.body?.replayable !== false) {
      const reason = `answers ${refusal.status} (TOOMANYREQUESTS)`;
      const milliseconds = delayAfterStatus(429, tries, refusal.retryAfter);
      const wait = { milliseconds, reason, attempt: tries + 1, attempts: throttledTries };
      await this.pause(wait, request.signal);
      return this.#sendOn(request, tries + 1);
    }
    const signIn = authorizer.describe(access, response.authorization);
    const { repository } = access;
    const context = { vendor, host: this.host, repository, signIn, isRead: isRead(request) };
    const error = refusalError(action, refusal, context, request.rules);
    const isElsewhere = url.origin !== origin.origin && refusal.status === 401;
    throw isElsewhere ? blameAddress(error, this.host, url) : error;
  }

  async #inItsOptions<T>(work: Promise<T>): Promise<T> {
    const { optionPrefix } = this.#options;
    return work.catch((error: unknown) => {
      if (optionPrefix !== undefined) nameOptions(error, optionPrefix);
      throw error;
    });
  }

  /** Waits before something is tried once more, and tells of it where anybody would wonder. */
  async pause(wait: Wait, signal?: AbortSignal): Promise<void> {
    if (isWorthTelling(wait)) this.#tellWait(wait);
    await this.clock.sleep(wait.milliseconds, signal);
  }

  /** Requests that wait for the same at the same time say so once; whoever waits again later says so again. */
  #tellWait(wait: Wait): void {
    const text = describeWait(this.host, wait);
    const now = this.clock.now();
    if ((this.#waits.get(text) ?? 0) > now) return;
    this.#waits.set(text, now + wait.milliseconds);
    this.#options.onNotice(note(text));
  }

  async #retry(
    url: URL,
    request: ClientRequest,
    send: () => Promise<SignedResponse>,
  ): Promise<SignedResponse> {
    const isOwn = url.origin === (await this.open()).origin.origin;
    try {
      return await requestWithRetries(send, {
        attempts: request.attempts ?? defaultAttempts,
        clock: this.clock,
        contacted: isOwn,
        signal: request.signal,
        onThrottled: this.#options.onThrottled,
        onWait: (wait) => this.#tellWait(wait),
      });
    } catch (error) {
      const failure = networkError(request.action, url, error, true);
      throw isOwn ? failure : blameAddress(failure, this.host, url);
    }
  }

  /** Signs, and once more with a new token after a 401. */
  async #sign(authorizer: Authorizer, url: URL, request: ClientRequest): Promise<SignedResponse> {
    const { access, body } = request;
    if (request.signWithPassword) return this.#follow(url, request, authorizer.passwordAuthorization);
    const sent = await authorizer.authorization(access);
    const response = await this.#sendFirst(authorizer, url, request, sent);
    const unasked = authorizer.unaskedAuthorization;
    if (
      response.status === 404 &&
      sent === undefined &&
      unasked !== undefined &&
      isManifestRead(url, request)
    ) {
      await response.discard();
      return this.#follow(url, request, unasked);
    }
    // To cancel an upload other rights may be needed than a token for pushing ever has.
    const isCancel = request.method === "DELETE" && access.right !== "delete";
    if (response.status !== 401 || isCancel) return response;
    const challenges = parseChallenges(response.headers.get("www-authenticate") ?? []);
    const isRenewed = await authorizer.renew(access, sent, challenges);
    if (!isRenewed || body?.replayable === false) return response;
    await response.discard();
    return this.#follow(url, request, await authorizer.authorization(access));
  }

  /** Sends what name and password sign; where they were never taken and are refused, they are wrong. */
  async #sendFirst(
    authorizer: Authorizer,
    url: URL,
    request: ClientRequest,
    sent: string | undefined,
  ): Promise<SignedResponse> {
    const send = (): Promise<SignedResponse> => this.#follow(url, request, sent);
    if (!sent?.startsWith("Basic ")) return send();
    let isTaken = true;
    const response = await authorizer.prove(send, ({ status }) => {
      isTaken = status !== 401;
      return isTaken;
    });
    if (isTaken) return response;
    await response.discard();
    const error = signInFailed(`sign in to "${this.host}"`);
    authorizer.refuse(error);
    throw error;
  }

  /** Follows redirects of requests whose body, if any, can be had again; what was signed for one origin is not shown to another. */
  async #follow(
    url: URL,
    request: ClientRequest,
    authorization: string | undefined,
  ): Promise<SignedResponse> {
    let at = url;
    for (let hop = 0; ; hop++) {
      const signed = at.origin === url.origin ? authorization : undefined;
      const response = await this.#options.transport.request(this.#wireRequest(at, request, signed));
      for (const warning of parseWarnings(response.headers.get("warning") ?? [], (text) =>
        redact(text, authorization),
      )) {
        this.onNotice(note(`Registry "${this.host}" says: ${warning}`));
      }
      const next = hop < maxHops ? redirectTarget(at, request, response) : undefined;
      if (!next) return { ...response, authorization };
      await response.discard();
      if (!isRead(request)) this.tellElsewhere(at, next);
      at = next;
    }
  }

  #wireRequest(url: URL, request: ClientRequest, authorization: string | undefined): RegistryRequest {
    const { body, method } = request;
    const carriesBody = method === "POST" || method === "PUT" || method === "PATCH";
    return {
      method,
      url,
      headers: {
        "user-agent": this.#options.userAgent,
        ...request.headers,
        ...(carriesBody ? { "content-length": String(body?.size ?? 0) } : {}),
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: body?.open(),
      timeout: request.timeout ?? defaultTimeout,
      signal: request.signal,
    };
  }
}

/** Some say with 400 or 403 what 429 is for. Who asks for more time than anybody has is told at once. */
function isThrottled({ status, codes, retryAfter = 0 }: Refusal): boolean {
  const isAsked = status >= 400 && status < 429 && codes.includes("TOOMANYREQUESTS");
  return isAsked && retryAfter <= longestRetryAfter;
}

/** A manifest that is hidden from the unsigned would be taken for one that is not there, and written over. */
function isManifestRead({ pathname }: URL, request: ClientRequest): boolean {
  return isRead(request) && pathname.includes("/manifests/");
}

function isRead({ method }: ClientRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** A registry that does not know its own address sends uploads to places that nobody can reach or sign in at. */
function blameAddress(error: unknown, host: string, url: URL): unknown {
  if (!(error instanceof AirgapError)) return error;
  const blame = `"${host}" names "${url.origin}" as the place to go on at: correct its external address, or what its proxy passes on (X-Forwarded-Proto, Host).`;
  const hint = [blame, ...(error.hint?.split("\n") ?? [])];
  return new AirgapError(error.code, error.message, { exit: error.exit, hint, cause: error });
}

/** Where to go on, or undefined where the answer stands: for a status that is asked for, a body, a lost encryption. */
function redirectTarget(from: URL, request: ClientRequest, response: RegistryResponse): URL | undefined {
  const { status } = response;
  if (!redirects.has(status) || request.accept.includes(status)) return undefined;
  const keepsMethod = status === 307 || status === 308;
  if (!isRead(request) && (request.body?.replayable === false || !keepsMethod)) return undefined;
  const to = resolveLocation(headerOf(response, "location") ?? "", from);
  const isDowngrade = from.protocol === "https:" && to?.protocol !== "https:";
  return isDowngrade || !/^https?:$/.test(to?.protocol ?? "") ? undefined : to;
}

async function* translateErrors(
  body: AsyncIterable<Uint8Array>,
  action: string,
  url: URL,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw networkError(action, url, error, true);
  }
}
