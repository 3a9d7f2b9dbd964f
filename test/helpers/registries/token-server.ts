import { randomUUID, sign, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import type { CertificatePair } from "./certificates.ts";
import { listenOnLoopback } from "./listen-on-loopback.ts";

export interface TokenServer {
  /** What a registry names as realm. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** What was asked for, a list of scopes each time. */
  readonly asked: readonly (readonly string[])[];
  stop(): Promise<void>;
}

export interface TokenServerOptions {
  readonly signer: CertificatePair;
  readonly username: string;
  readonly password: string;
  /** Whether somebody may push to a repository. Default: yes to all. */
  readonly mayPush?: (repository: string) => boolean;
}

/** A token server as distribution describes it (auth/token.md, auth/jwt.md), with tokens that docker-registry verifies. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const asked: string[][] = [];
  const names = { service: "test-registry", issuer: "test-issuer" };
  const wanted = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString("base64")}`;
  const server = createServer((request, response) => {
    const scopes = new URL(request.url ?? "", "http://x").searchParams.getAll("scope");
    asked.push(scopes);
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ details: "incorrect username or password" }));
      return;
    }
    const token = makeToken(options, names, scopes);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ token, expires_in: 300 }));
  });
  const { host, stop } = await listenOnLoopback(server);
  return {
    ...names,
    realm: `http://${host}/token`,
    asked,
    stop,
  };
}

function makeToken(
  { signer, username, mayPush = () => true }: TokenServerOptions,
  { service, issuer }: { service: string; issuer: string },
  scopes: readonly string[],
): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: "JWT", alg: "ES256", x5c: [new X509Certificate(signer.cert).raw.toString("base64")] };
  const access = scopes.map((scope) => {
    const [type, name = "", actions = ""] = scope.split(":");
    return { type, name, actions: actions.split(",").filter((action) => action !== "push" || mayPush(name)) };
  });
  const claims = {
    iss: issuer,
    aud: service,
    sub: username,
    iat: now,
    nbf: now - 60,
    exp: now + 300,
    jti: randomUUID(),
    access,
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(text), { key: signer.key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
