import { AirgapError } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { type Challenge, chooseChallenge } from "./challenge.ts";
import { KeyQueue } from "../http/key-queue.ts";
import type { Clock } from "../http/clock.ts";
import { basicAuthorization, type Credentials, hasPassword } from "./credentials.ts";
import { resolveLocation } from "../http/resolve-location.ts";
import { signInFailed } from "./sign-in-failed.ts";
import { type RepositoryAccess, scopesFor } from "./scopes.ts";
import { grantsPush, isNobodys } from "./token-grants.ts";
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
  /** Whether tokens are to be for pulling alone: who may not push may get none for that (GHCR). */
  readonly readOnly: boolean;
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
  /** What a registry asks for beyond its own scopes, by repository: `aws`, or a path that a proxy has changed. */
  readonly #askedScopes = new Map<string, string>();
  #challenge: Challenge | undefined;
  /** Whether name and password were taken once. */
  #isProven = false;
  readonly #firsts = new KeyQueue<Authorizer>();
  #refused: AirgapError | undefined;
  #refreshToken: string | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#challenge = chooseChallenge(options.challenges);
  }

  /** The value of `Authorization`, or undefined where the registry asked for none. Throws where it cannot be had. */
  async authorization(access: RepositoryAccess): Promise<string | undefined> {
    const { credentials } = this.#options;
    if (this.#refused) throw this.#refused;
    if (this.#challenge && credentials?.registryToken) return `Bearer ${credentials.registryToken}`;
    if (this.#challenge?.scheme === "basic") return this.#basic();
    if (this.#challenge?.scheme === "bearer") {
      return `Bearer ${(await this.#token(this.#challenge, access)).value}`;
    }
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
      if (!this.#challenge && challenges.length > 0) throw this.#unknownSchemes(challenges);
      if (this.#challenge?.scheme === "basic" && !hasPassword(this.#options.credentials)) {
        throw this.#missingCredentials();
      }
      return this.#challenge !== undefined;
    }
    if (this.#challenge?.scheme !== "bearer" || this.#options.credentials?.registryToken) return false;
    this.#noteScope(access, challenges);
    const key = this.#scopes(access).join(" ");
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

  /**
   * Sends a request that a password signs; the first of them alone, so that a wrong one is tried once and not by all that
   * wait: that locks accounts.
   */
  async prove<T>(send: () => Promise<T>, isTaken: (answer: T) => boolean): Promise<T> {
    if (!hasPassword(this.#options.credentials)) return send();
    if (this.#isProven) return send();
    const first = await this.#firsts.run(this, async () => {
      if (this.#isProven) return undefined;
      if (this.#refused) throw this.#refused;
      const answer = await send();
      this.#isProven = isTaken(answer);
      return { answer };
    });
    return first ? first.answer : send();
  }

  /** Remembers that name and password are wrong: nobody tries them again. */
  refuse(error: AirgapError): void {
    this.#refused = error;
  }

  /** What signs requests to APIs beside the registry's: the password, or Quay's OAuth token that stands in its place. */
  get passwordAuthorization(): string | undefined {
    const { credentials } = this.#options;
    if (!hasPassword(credentials)) return undefined;
    const { username, password } = credentials;
    return username === "$oauthtoken" ? `Bearer ${password}` : basicAuthorization(username, password);
  }

  /** A password that can sign what was asked for without; for a 404 that may only hide what is there. */
  get unaskedAuthorization(): string | undefined {
    const { credentials } = this.#options;
    if (this.#challenge || !hasPassword(credentials)) return undefined;
    return basicAuthorization(credentials.username, credentials.password);
  }

  #scopes(access: RepositoryAccess): readonly string[] {
    const asked = this.#askedScopes.get(access.repository);
    return [...scopesFor(access, this.#options.readOnly), ...(asked === undefined ? [] : [asked])];
  }

  #noteScope({ repository }: RepositoryAccess, challenges: readonly Challenge[]): void {
    const scope = challenges.find(({ scheme }) => scheme === "bearer")?.parameters.get("scope");
    const isOwn = scope?.split(" ").every((part) => part.startsWith(`repository:${repository}:`));
    if (scope && !isOwn) this.#askedScopes.set(repository, scope);
  }

  /** GCR answers 401 without any challenge. */
  #guessChallenge(challenges: readonly Challenge[]): Challenge | undefined {
    if (challenges.length || !hasPassword(this.#options.credentials)) return undefined;
    return { scheme: "basic", parameters: new Map() };
  }

  /** Without credentials it is asked unsigned: a registry may let anybody read (zot). */
  #basic(): string | undefined {
    const { credentials } = this.#options;
    return hasPassword(credentials)
      ? basicAuthorization(credentials.username, credentials.password)
      : undefined;
  }

  #unknownSchemes(challenges: readonly Challenge[]): AirgapError {
    const schemes = [
      ...new Set(
        challenges.map(({ scheme }) =>
          printable(`${scheme.slice(0, 1).toUpperCase()}${scheme.slice(1)}`, 50),
        ),
      ),
    ].join(", ");
    return new AirgapError(
      "ACCESS_DENIED",
      `Cannot sign in to "${this.#options.origin.host}": it asks for ${schemes}, and not for Basic or Bearer`,
      {
        exit: "denied",
        hint: "Have a password or tokens enabled for clients of the registry, or use an address of it behind the proxy that asks for that.",
      },
    );
  }

  #missingCredentials(): AirgapError {
    const { missing, origin } = this.#options;
    return new AirgapError("CREDENTIALS_MISSING", `Cannot sign in to "${origin.host}": ${missing.detail}`, {
      exit: "denied",
      hint: missing.hint,
    });
  }

  async #token(challenge: Challenge, access: RepositoryAccess): Promise<Token> {
    const key = this.#scopes(access).join(" ");
    const known = this.#tokens.get(key);
    const token = await known;
    if (token && this.#options.clock.now() < token.expiresAt) return token;
    // Another caller may have renewed it while this one was waiting.
    if (known !== this.#tokens.get(key)) return this.#token(challenge, access);
    const fresh = this.prove(
      () => this.#fetchToken(challenge, access),
      () => true,
    );
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
        scopes: this.#scopes(access),
        credentials: this.#tokenCredentials(),
        action,
      },
      exchange,
      () => clock.now(),
    );
    if ("status" in answer) {
      if (credentials || answer.status !== 401) {
        const error = await refuse(action, access, answer);
        if (error.code === "SIGN_IN_FAILED") this.refuse(error);
        throw error;
      }
      await answer.discard();
      throw this.#missingCredentials();
    }
    if (hasPassword(credentials) && isNobodys(answer.value)) {
      const error = signInFailed(action);
      this.refuse(error);
      throw error;
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
