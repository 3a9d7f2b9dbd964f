import { asArray, asObject, type JsonObject, parseJson } from "../../oci/json.ts";

/**
 * Whether a token says that it allows pushing to a repository (distribution, auth/jwt.md); undefined where it is not a
 * JWT or does not say. Read for hints only: the token is the server's business.
 */
export function grantsPush(token: string, repository: string): boolean | undefined {
  try {
    const payload = readPayload(token);
    if (!payload?.has("access")) return undefined;
    const entries = asArray(payload.get("access"), "").map((entry) => asObject(entry, ""));
    return entries.some(
      (entry) =>
        entry.get("name") === repository &&
        asArray(entry.get("actions"), "").some((action) => action === "push" || action === "*"),
    );
  } catch {
    return undefined;
  }
}

/**
 * Whether a token is nobody's and for nothing: what Harbor's token service gives, with 200, for a wrong password. False for
 * a token that is no JWT.
 */
export function isNobodys(token: string): boolean {
  const payload = readPayload(token);
  if (!payload?.has("access") || payload.get("sub")) return false;
  const { access } = Object.fromEntries(payload);
  return (
    !Array.isArray(access) ||
    access.every((entry) => !(entry instanceof Map) || isEmpty(entry.get("actions")))
  );
}

function isEmpty(actions: unknown): boolean {
  return !Array.isArray(actions) || actions.length === 0;
}

function readPayload(token: string): JsonObject | undefined {
  try {
    const bytes = Buffer.from(token.split(".")[1] ?? "", "base64url");
    return asObject(parseJson(bytes, { what: "token" }), "token");
  } catch {
    return undefined;
  }
}
