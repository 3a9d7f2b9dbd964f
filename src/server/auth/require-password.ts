import type { IncomingMessage } from "node:http";
import type { PasswordFile } from "./password-file.ts";
import { RegistryError } from "../http/registry-error.ts";
import type { RequestHandler } from "../http/request-handler.ts";

export interface RequirePasswordOptions {
  readonly passwords: PasswordFile;
  /** Reading needs no password; `/v2/` still asks for one, since that is how docker learns to send it with a push. */
  readonly anonymousPull: boolean;
}

/** Lets only those through who are in the password file (RFC 7617); throws `RegistryError`. */
export function requirePassword(handler: RequestHandler, options: RequirePasswordOptions): RequestHandler {
  return async (request, response) => {
    await checkRequest(request, options);
    await handler(request, response);
  };
}

async function checkRequest(
  request: IncomingMessage,
  { passwords, anonymousPull }: RequirePasswordOptions,
): Promise<void> {
  const credentials = parseBasic(request.headers.authorization);
  if (!credentials && anonymousPull && isPull(request)) return;
  const isRight = credentials && (await passwords.check(credentials.name, credentials.password));
  if (isRight) return;
  if (credentials && isRight === undefined) {
    throw new RegistryError(429, "TOOMANYREQUESTS", "too many passwords are being checked", {
      "retry-after": "5",
    });
  }
  throw new RegistryError(401, "UNAUTHORIZED", "a name and a password are needed", {
    "www-authenticate": 'Basic realm="airgap-load", charset="UTF-8"',
  });
}

function isPull({ method, url }: IncomingMessage): boolean {
  return (method === "GET" || method === "HEAD") && !/^\/v2\/?(\?|$)/.test(url ?? "");
}

/** Name and password of a `Basic` header; an empty pair, which some clients send when they have none, is none. */
function parseBasic(header: string | undefined): { name: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString();
  const colon = decoded.indexOf(":");
  if (colon < 1) return undefined;
  return { name: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
