import type { IncomingMessage } from "node:http";
import { RegistryError } from "../http/registry-error.ts";
import type { PasswordFile } from "./password-file.ts";

/** The user whose name and right password a request brings (RFC 7617), or undefined; throws where too many are being checked. */
export async function findUser(
  request: IncomingMessage,
  passwords: PasswordFile,
): Promise<string | undefined> {
  const { name, password } = parseBasic(request.headers.authorization) ?? {};
  if (name === undefined || password === undefined) return undefined;
  const isRight = await passwords.check(name, password);
  if (isRight === undefined) {
    throw new RegistryError(429, "TOOMANYREQUESTS", "too many passwords are being checked", {
      "retry-after": "5",
    });
  }
  return isRight ? name : undefined;
}

/** Whether a request brings nothing to sign in with; an empty pair, which some clients send when they have none, is nothing. */
export function isUnsigned({ headers: { authorization } }: IncomingMessage): boolean {
  return authorization === undefined || (/^basic /i.test(authorization) && !parseBasic(authorization));
}

function parseBasic(header: string | undefined): { name: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString();
  const colon = decoded.indexOf(":");
  if (colon < 1) return undefined;
  return { name: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
