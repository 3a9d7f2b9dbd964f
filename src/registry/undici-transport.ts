import type { Readable } from "node:stream";
import { Agent, type Dispatcher, request as send } from "undici";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

/** What `tls.connect` needs beyond its defaults. */
export interface TlsSettings {
  /** Replaces Node's list where it is given. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface UndiciTransportOptions {
  readonly tlsFor: (url: URL) => Promise<TlsSettings>;
  /** Most connections to one host. */
  readonly connections: number;
}

const connectTimeout = 15_000;
const bodyTimeout = 60_000;
/** Answers that nobody reads are drained up to this size, to keep their connection. */
const discardLimit = 128 * 1024;

/** HTTP/1.1 over undici, one pool of connections per origin. */
export function createUndiciTransport(options: UndiciTransportOptions): Transport {
  const dispatchers = new Map<string, Promise<Dispatcher>>();

  async function createDispatcher(url: URL): Promise<Dispatcher> {
    const tls = await options.tlsFor(url);
    return new Agent({
      allowH2: false,
      pipelining: 1,
      connections: options.connections,
      connect: { ...tls, ca: tls.ca ? [...tls.ca] : undefined, timeout: connectTimeout },
    });
  }

  function dispatcherFor(url: URL): Promise<Dispatcher> {
    const known = dispatchers.get(url.origin);
    if (known) return known;
    const created = createDispatcher(url);
    dispatchers.set(url.origin, created);
    return created;
  }

  return {
    async request(request) {
      return requestThrough(await dispatcherFor(request.url), request);
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

async function requestThrough(dispatcher: Dispatcher, request: RegistryRequest): Promise<RegistryResponse> {
  const response = await send(request.url, {
    dispatcher,
    method: request.method,
    headers: { ...request.headers },
    // undici takes any async iterable, its types do not say so.
    body: (request.body ?? null) as Uint8Array | Readable | null,
    headersTimeout: request.timeout,
    bodyTimeout,
    // Without this undici closes the connection after every HEAD.
    reset: false,
    signal: request.signal ?? null,
  });
  return {
    status: response.statusCode,
    headers: listHeaders(response.headers),
    body: response.body,
    discard: async () => {
      await response.body.dump({ limit: discardLimit }).catch(() => undefined);
    },
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
