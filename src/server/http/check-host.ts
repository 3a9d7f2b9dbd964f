import type { IncomingMessage } from "node:http";
import { RegistryError } from "./registry-error.ts";
import type { RequestHandler } from "./request-handler.ts";

export interface CheckHostOptions {
  /** Whether only this machine can connect: then a name that is not this machine's was made to point here by a stranger. */
  readonly loopback: boolean;
  /** Names under which the registry is reached besides: those of a proxy, or of `/etc/hosts`. */
  readonly allowedHosts: readonly string[];
}

/**
 * Refuses what a web page in a browser of this machine could send to a registry that only this machine can reach: requests
 * under a name of the page's own (DNS rebinding), and writes that come from another origin (CORS-safe requests).
 */
export function checkHost(handler: RequestHandler, options: CheckHostOptions): RequestHandler {
  return async (request, response) => {
    const name = hostName(request.headers.host ?? "");
    if (options.loopback && !isOwnName(name) && !options.allowedHosts.includes(name)) {
      throw new RegistryError(
        403,
        "DENIED",
        "this registry is for its own machine and is not called so; --allowed-host lets a name in",
      );
    }
    if (isWrite(request) && !isOwnOrigin(request, options)) {
      throw new RegistryError(403, "DENIED", "a page of another origin may not write to this registry");
    }
    return handler(request, response);
  };
}

/** Without the port, in lower case: `localhost`, `[::1]`. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

function isOwnName(name: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(name);
}

function isWrite({ method }: IncomingMessage): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
}

/** Programs send no `Origin`, and browsers always do with a write. */
function isOwnOrigin({ headers }: IncomingMessage, { allowedHosts }: CheckHostOptions): boolean {
  const { origin, host = "" } = headers;
  if (origin === undefined) return true;
  const from = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
  return from !== undefined && (from === host.toLowerCase() || allowedHosts.includes(hostName(from)));
}
