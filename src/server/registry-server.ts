import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { AirgapError } from "../oci/airgap-error.ts";
import type { ContentStorage } from "../storage/content-storage.ts";
import { openFileLimit } from "../storage/open-file-limit.ts";
import { type AccessHook, logAccess } from "./http/access-log.ts";
import { checkHost } from "./http/check-host.ts";
import { ConnectionLimit } from "./http/connection-limit.ts";
import { ExchangeGuard } from "./http/exchange-guard.ts";
import { isLoopback } from "../oci/host-name.ts";
import { formatAddress, type ListenAddress } from "./http/listen-address.ts";
import { servePage } from "./page/serve-page.ts";
import { offerTokens } from "./auth/offer-tokens.ts";
import type { PasswordFile } from "./auth/password-file.ts";
import { createRegistryHandler } from "./registry-handler.ts";
import type { RequestHandler } from "./http/request-handler.ts";
import { requirePassword } from "./auth/require-password.ts";
import { sendError } from "./http/send-error.ts";
import { serveHealth } from "./endpoints/serve-health.ts";
import { serveMetrics } from "./endpoints/serve-metrics.ts";
import { noteWanted } from "./wanted/note-wanted.ts";
import type { WantedList } from "./wanted/wanted-list.ts";

export interface RegistryServerOptions {
  readonly storage: ContentStorage;
  readonly listen: ListenAddress;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Speaks http to other machines as well; without it and without TLS only loopback is listened on. */
  readonly plainHttp?: boolean;
  readonly passwords?: PasswordFile;
  readonly anonymousPull?: boolean;
  readonly readOnly?: boolean;
  /** Names under which a registry on loopback is reached besides its own. */
  readonly allowedHosts?: readonly string[];
  /** Keeps a list of what was asked for and is not there. */
  readonly wanted?: WantedList;
  readonly onAccess?: AccessHook;
  /** Told of failures that are the registry's own. */
  readonly onFailure?: (error: unknown) => void;
}

export interface RegistryServer {
  /** `http://127.0.0.1:5000`, with the port that was free where 0 was asked for. */
  readonly url: string;
  readonly address: ListenAddress;
  /** Takes no more connections, lets requests end for so many milliseconds, and cuts the rest off. Default 10 seconds. */
  stop(patience?: number): Promise<void>;
}

/** Starts a registry over a storage. Throws `PLAIN_HTTP_REFUSED` or `LISTEN_FAILED`. */
export async function startRegistryServer(options: RegistryServerOptions): Promise<RegistryServer> {
  checkExposure(options);
  const guard = new ExchangeGuard();
  const server = createListener(options, createHandler(options), guard);
  const address = await listen(server, options.listen);
  // A connection that cannot be accepted, for want of descriptors or memory, is that client's loss alone.
  server.on("error", (error) => options.onFailure?.(error));
  return {
    url: `${options.tls ? "https" : "http"}://${formatAddress(address)}`,
    address,
    stop: async (patience = 10_000) => {
      await close(server, patience);
      guard[Symbol.dispose]();
    },
  };
}

function checkExposure({ listen: address, tls, plainHttp }: RegistryServerOptions): void {
  if (tls || plainHttp || isLoopback(address.host)) return;
  throw new AirgapError(
    "PLAIN_HTTP_REFUSED",
    `Cannot listen on "${formatAddress(address)}": other machines could read and change what goes over http`,
    { exit: "usage", hint: "Give --tls-cert and --tls-key, or --plain-http to take that risk." },
  );
}

function createHandler(options: RegistryServerOptions): RequestHandler {
  const { storage, passwords, anonymousPull = false, readOnly = false, onFailure } = options;
  const registry = createRegistryHandler({ storage, readOnly, ...(onFailure ? { onFailure } : {}) });
  const noted = options.wanted ? noteWanted(registry, options.wanted) : registry;
  const open = serveMetrics(servePage(noted, storage, options.wanted), storage);
  const guard = anonymousPull ? offerTokens : requirePassword;
  const guarded = passwords ? guard(open, passwords) : open;
  const { allowedHosts = [], listen: address } = options;
  const local = checkHost(guarded, {
    loopback: isLoopback(address.host),
    allowedHosts: allowedHosts.map((name) => name.toLowerCase()),
  });
  const handler = serveHealth(local, storage);
  return options.onAccess ? logAccess(handler, options.onAccess) : handler;
}

/** The time a request may take is not limited, since blobs are large and links are slow; the guard ends those that stall. */
function createListener(
  { tls, onFailure }: RegistryServerOptions,
  handler: RequestHandler,
  guard: ExchangeGuard,
): Server {
  const connections = new ConnectionLimit(openFileLimit());
  const listener: RequestListener = (request, response) => {
    connections.watchRequest(request, response);
    guard.watch(request, response);
    handler(request, response).catch((error: unknown) => {
      const failure = sendError(response, error);
      if (failure !== undefined) onFailure?.(failure);
    });
  };
  const limits = {
    requestTimeout: 0,
    headersTimeout: 20_000,
    connectionsCheckingInterval: 5000,
    handshakeTimeout: 20_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16_384,
  };
  const server = tls ? createTlsServer({ ...limits, ...tls }, listener) : createServer(limits, listener);
  connections.watch(server);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => refuseRequest(error, socket));
  return server;
}

const refusals = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);
const lingerTime = 2000;

/** What cannot be parsed, or does not come, has no response object: the answer is written by hand. */
function refuseRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = refusals.get(error.code ?? "") ?? "400 Bad Request";
  const body = JSON.stringify({
    errors: [{ code: "UNSUPPORTED", message: "the request is not valid HTTP" }],
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
  // A client that does not close its own side would keep the descriptor for ever.
  socket.resume();
  setTimeout(() => socket.destroy(), lingerTime).unref();
}

const noSuchAddress = "This machine has no such address: --listen :PORT is every one that it has.";

/** By what the system says. */
const listenHints: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "Another program has the port: choose one with --listen ADDRESS:PORT."],
  ["EACCES", "Ports below 1024 are for root: choose another one, or give the service that right."],
  ["EADDRNOTAVAIL", noSuchAddress],
  ["ENOTFOUND", noSuchAddress],
]);

function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(cannotListen(address, cause));
    server.once("error", fail);
    server.listen(address.port, address.host, () => {
      server.off("error", fail);
      resolve({ host: address.host, port: (server.address() as AddressInfo).port });
    });
  });
}

function cannotListen(address: ListenAddress, cause: NodeJS.ErrnoException): AirgapError {
  return new AirgapError("LISTEN_FAILED", `Cannot listen on "${formatAddress(address)}": ${cause.message}`, {
    exit: "cannotCreate",
    hint: listenHints.get(cause.code ?? "") ?? "Choose another one with --listen ADDRESS:PORT.",
    cause,
  });
}

async function close(server: Server, patience: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), patience);
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  clearTimeout(deadline);
  clearInterval(sweep);
}
