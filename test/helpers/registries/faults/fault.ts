import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "../../../../src/server/http/request-handler.ts";
import type { Fault } from "../test-registry.ts";

export type RequestMatch = (request: IncomingMessage) => boolean;

/** The requests of an upload and around it, by what they do. */
export const requestsFor = {
  all: () => true,
  ping: is("GET", /^\/v2\/?$/),
  blobHead: is("HEAD", /\/blobs\/sha/),
  blobGet: is("GET", /\/blobs\/sha/),
  uploadStart: is("POST", /\/blobs\/uploads\/?(\?|$)/),
  mount: is("POST", /\/blobs\/uploads\/?\?(.*&)?mount=/),
  chunk: is("PATCH", /\/blobs\/uploads\//),
  commit: is("PUT", /\/blobs\/uploads\//),
  uploadStatus: is("GET", /\/blobs\/uploads\//),
  manifestRead: (request) => /^(GET|HEAD)$/.test(request.method ?? "") && isManifestUrl(request),
  manifestHead: is("HEAD", /\/manifests\//),
  manifestPut: is("PUT", /\/manifests\//),
  tagPut: (request) => request.method === "PUT" && /\/manifests\/[^:]+$/.test(request.url ?? ""),
  write: (request) => /^(POST|PUT|PATCH|DELETE)$/.test(request.method ?? ""),
} satisfies Record<string, RequestMatch>;

function is(method: string, url: RegExp): RequestMatch {
  return (request) => request.method === method && url.test(request.url ?? "");
}

function isManifestUrl(request: IncomingMessage): boolean {
  return /\/manifests\//.test(request.url ?? "");
}

export interface Occasion {
  /** Matching requests that are let through first. Default 0. */
  readonly skip?: number;
  /** Matching requests that meet the fault after that. Default: all. */
  readonly times?: number;
}

/** A fault for some requests only, counted over all of them. */
export function faultFor(
  match: RequestMatch,
  fault: Fault,
  { skip = 0, times = Infinity }: Occasion = {},
): Fault {
  let seen = 0;
  return (handler) => {
    const faulty = fault(handler);
    return (request, response) => {
      if (!match(request)) return handler(request, response);
      seen++;
      return seen > skip && seen <= skip + times ? faulty(request, response) : handler(request, response);
    };
  };
}

/** The fault for the first so many times that the same method and path is asked for: things that come right by themselves. */
export function faultUntil(match: RequestMatch, tries: number, fault: Fault): Fault {
  const counts = new Map<string, number>();
  return (handler) => {
    const faulty = fault(handler);
    return (request, response) => {
      if (!match(request)) return handler(request, response);
      const key = `${request.method} ${request.url}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= tries ? faulty(request, response) : handler(request, response);
    };
  };
}

export interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Instead of the specification's JSON. */
  readonly body?: string;
}

/** Answers by itself, before a byte of the body is read. */
export function refuse(refusal: Refusal): Fault {
  return () => async (_request, response) => sendRefusal(response, refusal);
}

export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  const { status, code, message = "refused", detail } = refusal;
  const body = refusal.body ?? (code ? JSON.stringify({ errors: [{ code, message, detail }] }) : "");
  response.statusCode = status;
  response.setHeader("content-type", refusal.body?.startsWith("<") ? "text/html" : "application/json");
  for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value);
  response.end(body);
}

/** Refuses and closes the connection with the body still under way, which resets it, as proxies do. */
export function refuseAndClose(refusal: Refusal): Fault {
  return refuse({ ...refusal, headers: { ...refusal.headers, connection: "close" } });
}

/** Changes status and headers right before they are sent. */
export function rewriteHead(rewrite: (request: IncomingMessage, response: ServerResponse) => void): Fault {
  return (handler) => async (request, response) => {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, headers: Record<string, string> = {}) => {
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      rewrite(request, response);
      return writeHead(response.statusCode);
    }) as typeof response.writeHead;
    await handler(request, response);
  };
}

/** Does what was asked and throws the answer away; gives its status. */
export async function answerInSecret(
  handler: RequestHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const saved = {
    writeHead: response.writeHead.bind(response),
    write: response.write.bind(response),
    end: response.end.bind(response),
  };
  let status = 200;
  response.writeHead = (code: number) => {
    status = code;
    return response;
  };
  response.write = (() => true) as typeof response.write;
  response.end = (() => response) as typeof response.end;
  await handler(request, response);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  Object.assign(response, saved);
  return status;
}

/** Lets a fault see the body's bytes on their way to the handler. */
export function watchBody(request: IncomingMessage, watch: (received: number) => void): void {
  const original = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  replaceBody(request, countBytes(original, watch));
}

async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  watch: (received: number) => void,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.length;
    watch(received);
    yield chunk;
  }
}

/** Gives the handler another body than the one that came, or the same one once more. */
export function replaceBody(request: IncomingMessage, body: AsyncIterable<Uint8Array>): void {
  request.iterator = () => body as ReturnType<typeof request.iterator>;
}
