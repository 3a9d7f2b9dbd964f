import { asObject, asOptionalString, asStringMap, type JsonObject } from "../../oci/json.ts";
import type { Credentials } from "./credentials.ts";

/** Docker's config.json and podman's auth.json, which have one form. */
export interface CredentialFile {
  /** By host, namespaced host (`host/team`) or URL, as written. */
  readonly auths: ReadonlyMap<string, Credentials>;
  /** Name of the credential helper by host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for all other hosts. */
  readonly store: string | undefined;
}

/**
 * Narrows a credential file's JSON; `isLegacy` for `.dockercfg`, whose entries are not under `auths`. An entry that cannot be
 * read spoils no other: `onFault` is told its key.
 */
export function parseCredentialFile(
  value: unknown,
  what: string,
  onFault: (key: string) => void,
  isLegacy = false,
): CredentialFile {
  const object = asObject(value, what);
  const auths = isLegacy ? object : asOptionalObject(object.get("auths"), `${what}: auths`);
  return {
    auths: parseAuths(auths, what, onFault),
    helpers: asStringMap(object.get("credHelpers"), `${what}: credHelpers`),
    store: asOptionalString(object.get("credsStore"), `${what}: credsStore`),
  };
}

/** Entries without anything in them mean that the secret is in a helper's keeping: they are left out. */
function parseAuths(
  auths: JsonObject,
  what: string,
  onFault: (key: string) => void,
): ReadonlyMap<string, Credentials> {
  const parsed = new Map<string, Credentials>();
  for (const [host, value] of auths) {
    try {
      const credentials = parseAuth(value, `${what}: the entry of ${host}`);
      if (Object.values(credentials).some((item) => item !== undefined)) parsed.set(host, credentials);
    } catch {
      onFault(host);
    }
  }
  return parsed;
}

function parseAuth(value: unknown, what: string): Credentials {
  const entry = asOptionalObject(value, what);
  const encoded = asOptionalString(entry.get("auth"), what);
  const [username, password] = encoded === undefined ? [] : decodeAuth(encoded);
  return {
    username: asOptionalString(entry.get("username"), what) ?? username,
    password: asOptionalString(entry.get("password"), what) ?? password,
    identityToken: asOptionalString(entry.get("identitytoken"), what),
    registryToken: asOptionalString(entry.get("registrytoken"), what),
  };
}

/** Base64 of `user:password`; passwords may hold colons, and old docker versions padded with NULs. */
export function decodeAuth(encoded: string): [username?: string, password?: string] {
  const text = Buffer.from(encoded, "base64")
    .toString("utf8")
    .replace(/[\0\r\n]+$/, "");
  const colon = text.indexOf(":");
  return colon === -1 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}

function asOptionalObject(value: unknown, what: string): JsonObject {
  return value === undefined || value === null ? new Map() : asObject(value, what);
}
