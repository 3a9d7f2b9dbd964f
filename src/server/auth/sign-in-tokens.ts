import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { PasswordFile } from "./password-file.ts";

/** What a token says that it is for (distribution, auth/jwt.md); clients read it, here only the name counts. */
export interface TokenAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Who holds a token; nobody's lets read. */
export interface TokenHolder {
  readonly name: string | undefined;
}

/** How long a token holds, in seconds. */
export const tokenLife = 300;

/**
 * Tokens for those in a password file and for everybody, signed with a key of this process and with the user's own hash: a
 * changed password, a user who is taken out, and a restart end them.
 */
export class SignInTokens {
  readonly #passwords: PasswordFile;
  readonly #key = randomBytes(32);

  constructor(passwords: PasswordFile) {
    this.#passwords = passwords;
  }

  async issue(name: string | undefined, access: readonly TokenAccess[]): Promise<string> {
    const expires = Math.floor(Date.now() / 1000) + tokenLife;
    const claims = { ...(name === undefined ? {} : { sub: name }), exp: expires, access };
    const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
    return `${body}.${(await this.#sign(body, name)).toString("base64url")}`;
  }

  /** Whose a token is, or undefined where it is none of ours or has run out. */
  async check(token: string): Promise<TokenHolder | undefined> {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims = decode(payload);
    if (!claims || claims.exp * 1000 <= Date.now()) return undefined;
    const name = claims.sub;
    const given = Buffer.from(signature, "base64url");
    const right = await this.#sign(`${header}.${payload}`, name);
    return given.length === right.length && timingSafeEqual(given, right) ? { name } : undefined;
  }

  async #sign(body: string, name: string | undefined): Promise<Buffer> {
    const hash = name === undefined ? "" : await this.#passwords.hashOf(name);
    // A user who is gone has no hash to sign with: nothing fits.
    const key = hash === undefined ? randomBytes(32) : createHmac("sha256", this.#key).update(hash).digest();
    return createHmac("sha256", key).update(body).digest();
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(payload: string): { readonly sub: string | undefined; readonly exp: number } | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    if (typeof claims !== "object" || claims === null || !("exp" in claims)) return undefined;
    const sub = "sub" in claims && typeof claims.sub === "string" ? claims.sub : undefined;
    return { sub, exp: Number(claims.exp) };
  } catch {
    return undefined;
  }
}
