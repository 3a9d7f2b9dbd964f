import type { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { AirgapError } from "../../oci/airgap-error.ts";
import dispatcherMethods from "undici/lib/api/index.js";
import buildConnector from "undici/lib/core/connect.js";
import Agent from "undici/lib/dispatcher/agent.js";
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
import Pool from "undici/lib/dispatcher/pool.js";
import ProxyAgent from "undici/lib/dispatcher/proxy-agent.js";
import { type Pace, paceAnswer, slowestPace } from "./answer-pace.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";
import { readLargely } from "./large-reads.ts";
import { systemCode } from "../../content/file-error.ts";

/** What TLS with a host needs beyond Node's defaults; PEM texts. */
export interface TlsSettings {
  /** Instead of Node's own list. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface UndiciTransportOptions {
  /** By `host[:port]`. */
  readonly tlsFor: (host: string) => Promise<TlsSettings>;
  readonly proxyFor: (url: URL) => URL | undefined;
  /** Most connections to one origin. */
  readonly connections: number;
  readonly limits?: AnswerLimits;
}

/** What an answer may take, beside the time until its status line, which each request has its own. */
export interface AnswerLimits {
  readonly pace: Pace;
  /** Milliseconds for the rest of an answer that nobody reads. */
  readonly discardTimeout: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

const usualLimits: AnswerLimits = {
  pace: slowestPace,
  discardTimeout: 10_000,
  now: () => performance.now(),
};

// As undici's index does, which nobody loads here (undici-parts.d.ts).
Object.assign(Dispatcher.prototype, dispatcherMethods);

const connectTimeout = 15_000;
const tunnelTimeout = 20_000;
const bodyTimeout = 60_000;
/** The time for one address of a name; Node's quarter of a second is short for a VPN. */
const addressTimeout = 2000;
/** Answers that nobody reads are drained up to this size, to keep their connection. */
const discardLimit = 128 * 1024;

/** HTTP/1.1 over undici, one pool of connections per origin. */
export function createUndiciTransport(options: UndiciTransportOptions): Transport {
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  return {
    async request(request) {
      const { url } = request;
      const dispatcher = dispatchers.get(url.origin) ?? createDispatcher(url, options);
      dispatchers.set(url.origin, dispatcher);
      return requestThrough(await dispatcher, request, options.limits ?? usualLimits);
    },
    async [Symbol.asyncDispose]() {
      for (const created of dispatchers.values()) {
        const dispatcher = await created.catch(() => undefined);
        await dispatcher?.destroy();
      }
      dispatchers.clear();
    },
  };
}

async function createDispatcher(url: URL, options: UndiciTransportOptions): Promise<Dispatcher> {
  const tls = url.protocol === "https:" ? connectOptions(await options.tlsFor(url.host)) : {};
  const connect: buildConnector.BuildOptions = {
    ...tls,
    timeout: connectTimeout,
    autoSelectFamilyAttemptTimeout: addressTimeout,
  };
  const { connections } = options;
  const common = { allowH2: false, pipelining: 1, connections };
  const proxy = options.proxyFor(url);
  const isPlain = url.protocol === "http:";
  if (!proxy) return new Agent({ ...common, connect: isPlain ? connectPlainly(connect) : connect });
  return new ProxyAgent({
    ...common,
    uri: withoutUser(proxy).href,
    ...(proxy.username ? { token: proxyAuthorization(proxy) } : {}),
    // Most proxies refuse to tunnel to anything but 443.
    proxyTunnel: !isPlain,
    requestTls: connect,
    proxyTls: proxy.protocol === "https:" ? connectOptions(await options.tlsFor(proxy.host)) : {},
    // Without this all requests to one http proxy would share one connection.
    factory: (origin, pool) => new Pool(origin, guardTunnel(pool)),
  });
}

/** Over TLS, records of 16 KiB are read one by one, whatever is asked for. */
function connectPlainly(options: buildConnector.BuildOptions): buildConnector.connector {
  return (target, callback) => buildConnector({ ...options, onread: readLargely() })(target, callback);
}

function withoutUser(proxy: URL): URL {
  const bare = new URL(proxy);
  bare.username = "";
  bare.password = "";
  return bare;
}

/** A `%` that stands for itself is one as well: passwords are pasted as they are. */
function proxyAuthorization({ username, password }: URL): string {
  const user = `${decodeLeniently(username)}:${decodeLeniently(password)}`;
  return `Basic ${Buffer.from(user).toString("base64")}`;
}

function decodeLeniently(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (part) => {
    const bytes = Buffer.from(part.replaceAll("%", ""), "hex");
    return bytes.toString("utf8");
  });
}

/**
 * undici connects again without end where a proxy closes the connection while it is asked for a tunnel (undici#5093), and
 * waits minutes for one that does not answer: both end the request here.
 */
function guardTunnel(pool: Pool.Options): Pool.Options {
  const { connect } = pool;
  if (typeof connect !== "function") return pool;
  return {
    ...pool,
    connect: (options, callback) => {
      const late = setTimeout(() => end(proxyError("does not answer"), null), tunnelTimeout).unref();
      let isOver = false;
      const end: typeof callback = (...[error, socket]) => {
        clearTimeout(late);
        if (isOver) socket?.destroy();
        else if (error) callback(isClosed(error) ? proxyError("was closed") : error, null);
        else callback(null, socket);
        isOver = true;
      };
      connect(options, end);
    },
  };
}

function isClosed(error: Error): boolean {
  return systemCode(error) === "UND_ERR_SOCKET";
}

function proxyError(what: string): Error {
  const message = `Proxy connection ${what} when it was asked for a tunnel`;
  return Object.assign(new Error(message), { code: "PROXY_TUNNEL" });
}

/** One context for all connections: to parse some hundred certificates takes longer than the handshake. */
function connectOptions(tls: TlsSettings): buildConnector.BuildOptions {
  const { ca, cert, key, rejectUnauthorized = true } = tls;
  try {
    const secureContext = createSecureContext({
      // As for Go: whatever is trusted is an anchor, a server's own certificate or an intermediate one too.
      ...(ca && rejectUnauthorized ? { ca: [...ca], allowPartialTrustChain: true } : {}),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    return { secureContext, rejectUnauthorized };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AirgapError("CERTIFICATE_INVALID", `Cannot use the certificates given for TLS: ${reason}`, {
      exit: "configuration",
      hint: "They must be PEM, and a client certificate and its key must belong together.",
      cause,
    });
  }
}

async function requestThrough(
  dispatcher: Dispatcher,
  request: RegistryRequest,
  { pace, discardTimeout, now }: AnswerLimits,
): Promise<RegistryResponse> {
  const late = new AbortController();
  const { origin, pathname, search } = request.url;
  const response = await dispatcher.request({
    origin,
    path: pathname + search,
    method: request.method,
    headers: { ...request.headers },
    // undici takes any async iterable; its types do not say so.
    body: (request.body ?? null) as Uint8Array | Readable | null,
    headersTimeout: request.timeout,
    bodyTimeout,
    // Without this undici closes the connection after every HEAD.
    reset: false,
    signal: AbortSignal.any([late.signal, ...(request.signal ? [request.signal] : [])]),
    onInfo: limitInterim(request.timeout, late, now),
  });
  return {
    status: response.statusCode,
    headers: listHeaders(response.headers),
    body: paceAnswer(response.body, pace, now),
    discard: async () => {
      const signal = AbortSignal.timeout(discardTimeout);
      await response.body.dump({ limit: discardLimit, signal }).catch(() => undefined);
    },
  };
}

/** Each interim answer (RFC 9110, 15.2) gives a server undici's whole time again: here they all share it. */
function limitInterim(timeout: number, late: AbortController, now: () => number): () => void {
  let first: number | undefined;
  return () => {
    first ??= now();
    if (now() - first <= timeout) return;
    late.abort(Object.assign(new Error("only interim answers"), { code: "INTERIM_ANSWER_TIMEOUT" }));
  };
}

function listHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      value === undefined ? [] : [value].flat(),
    ]),
  );
}
