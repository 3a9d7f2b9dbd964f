import { AirgapError } from "../../oci/airgap-error.ts";
import { type Challenge, chooseChallenge } from "./challenge.ts";
import type { Clock } from "../http/clock.ts";
import { basicAuthorization, type Credentials, hasPassword } from "./credentials.ts";
import { resolveLocation } from "../http/resolve-location.ts";
import { type RepositoryAccess, scopesFor } from "./scopes.ts";
import { grantsPush } from "./token-grants.ts";
import { requestToken, type Token, type TokenExchange } from "./token-request.ts";
import type { RegistryResponse } from "../http/transport.ts";

export interface AuthorizerOptions {
  readonly origin: URL;
  /** The ping's challenges: a later 401 may say Basic only because a token was sent (Harbor). */
  readonly challenges: readonly Challenge[];
  readonly credentials: Credentials | undefined;
  /** Why there are no credentials, and what to do about it. */
  readonly missing: { readonly detail: string; readonly hint: string };
  /** Whether a token server may be asked over http although the registry speaks https. */
  readonly insecure: boolean;
  readonly exchange: TokenExchange;
  /** Makes an error of a token server's refusal. */
  readonly refuse: (
    action: string,
    access: RepositoryAccess,
    response: RegistryResponse,
  ) => Promise<AirgapError>;
  readonly clock: Clock;
}

/** How a request was signed, for hints. */
export interface SignIn {
  /** What to do about it, where there were no credentials to sign it with. */
  readonly missing: string | undefined;
  /** Whether the token says that it allows pushing; undefined where it does not say. */
  readonly mayPush: boolean | undefined;
}

/** Signs requests to one registry: Basic, or Bearer with one token per set of scopes. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, Promise<Token>>();
  #challenge: Challenge | undefined;
  #refreshToken: string | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#challenge = chooseChallenge(options.challenges);
  }

  /** The value of `Authorization`, or undefined where the registry asked for none. Throws where it cannot be had. */
  async authorization(access: RepositoryAccess): Promise<string | undefined> {
    const { credentials } = this.#options;
    if (this.#challenge && credentials?.registryToken) return `Bearer ${credentials.registryToken}`;
    if (this.#challenge?.scheme === "basic") return this.#basic();
    if (this.#challenge?.scheme === "bearer")
      return `Bearer ${(await this.#token(this.#challenge, access)).value}`;
    return undefined;
  }

  /** After a 401 to what was sent: forgets that token, and says whether the request may be sent once more. */
  async renew(
    access: RepositoryAccess,
    sent: string | undefined,
    challenges: readonly Challenge[],
  ): Promise<boolean> {
    if (sent === undefined) {
      this.#challenge ??= chooseChallenge(challenges) ?? this.#guessChallenge(challenges);
      return this.#challenge !== undefined;
    }
    if (this.#challenge?.scheme !== "bearer" || this.#options.credentials?.registryToken) return false;
    const key = scopesFor(access).join(" ");
    const known = await this.#tokens.get(key)?.catch(() => undefined);
    if (known && sent === `Bearer ${known.value}`) this.#tokens.delete(key);
    return true;
  }

  /** What can be said of a request that was signed and refused. */
  describe(access: RepositoryAccess, sent: string | undefined): SignIn {
    const token = sent?.startsWith("Bearer ") ? sent.slice("Bearer ".length) : undefined;
    const { credentials, missing } = this.#options;
    return {
      missing: credentials ? undefined : missing.hint,
      mayPush: token === undefined ? undefined : grantsPush(token, access.repository),
    };
  }

  /** GCR answers 401 without any challenge. */
  #guessChallenge(challenges: readonly Challenge[]): Challenge | undefined {
    if (challenges.length || !hasPassword(this.#options.credentials)) return undefined;
    return { scheme: "basic", parameters: new Map() };
  }

  #basic(): string {
    const { credentials } = this.#options;
    if (hasPassword(credentials)) return basicAuthorization(credentials.username, credentials.password);
    throw this.#missingCredentials();
  }

  #missingCredentials(): AirgapError {
    const { missing, origin } = this.#options;
    return new AirgapError("CREDENTIALS_MISSING", `Cannot sign in to "${origin.host}": ${missing.detail}`, {
      exit: "denied",
      hint: missing.hint,
    });
  }

  async #token(challenge: Challenge, access: RepositoryAccess): Promise<Token> {
    const key = scopesFor(access).join(" ");
    const known = this.#tokens.get(key);
    const token = await known;
    if (token && this.#options.clock.now() < token.expiresAt) return token;
    // Another caller may have renewed it while this one was waiting.
    if (known !== this.#tokens.get(key)) return this.#token(challenge, access);
    const fresh = this.#fetchToken(challenge, access);
    this.#tokens.set(key, fresh);
    fresh.catch(() => this.#tokens.delete(key));
    return fresh;
  }

  async #fetchToken(challenge: Challenge, access: RepositoryAccess): Promise<Token> {
    const { origin, exchange, clock, credentials, refuse } = this.#options;
    const action = `sign in to "${origin.host}"`;
    const answer = await requestToken(
      {
        realm: this.#realm(challenge),
        service: challenge.parameters.get("service"),
        scopes: scopesFor(access),
        credentials: this.#tokenCredentials(),
        action,
      },
      exchange,
      () => clock.now(),
    );
    if ("status" in answer) {
      if (credentials || answer.status !== 401) throw await refuse(action, access, answer);
      await answer.discard();
      throw this.#missingCredentials();
    }
    this.#refreshToken = answer.refreshToken ?? this.#refreshToken;
    return { ...answer, expiresAt: renewAt(answer.expiresAt, clock.now()) };
  }

  /** A token server may hand out a new refresh token with each token. */
  #tokenCredentials(): Credentials | undefined {
    const { credentials } = this.#options;
    const isRenewed = this.#refreshToken !== undefined && credentials?.identityToken !== undefined;
    return isRenewed ? { ...credentials, identityToken: this.#refreshToken } : credentials;
  }

  #realm(challenge: Challenge): URL {
    const { origin, insecure } = this.#options;
    const realm = resolveLocation(challenge.parameters.get("realm") ?? "", origin);
    const mayBePlain = insecure || origin.protocol === "http:";
    if (realm && (realm.protocol === "https:" || (realm.protocol === "http:" && mayBePlain))) return realm;
    const named = realm?.origin ?? "nothing readable";
    throw new AirgapError(
      "TOKEN_SERVER_INSECURE",
      `Cannot sign in to "${origin.host}": it names "${named}" as its token server, want https`,
      {
        exit: "protocol",
        hint: "Correct the registry's external address, or give --insecure to send credentials unprotected.",
      },
    );
  }
}

/** A token is renewed a while before it ends: half a minute, or a tenth of its life. */
function renewAt(expiresAt: number, now: number): number {
  return expiresAt - Math.max(30_000, (expiresAt - now) / 10);
}
