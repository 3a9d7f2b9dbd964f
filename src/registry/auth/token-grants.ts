import { asArray, asObject, parseJson } from "../../oci/json.ts";

/**
 * Whether a token says that it allows pushing to a repository (distribution, auth/jwt.md); undefined where it is not a
 * JWT or does not say. Read for hints only: the token is the server's business.
 */
export function grantsPush(token: string, repository: string): boolean | undefined {
  try {
    const payload = asObject(
      parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url"), { what: "token" }),
      "",
    );
    if (!payload.has("access")) return undefined;
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
