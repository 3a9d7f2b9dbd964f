import { describe, expect, test } from "vitest";
import type { RegistryStoreOptions } from "../../../src/registry/registry-store.ts";
import { scriptStore } from "../../helpers/registries/scripted-store.ts";
import {
  type Answer,
  breakage,
  type Exchange,
  refusal,
} from "../../helpers/registries/scripted-transport.ts";

const credentials = { username: "robot$a", password: "p:w" };
const basic = `Basic ${Buffer.from("robot$a:p:w").toString("base64")}`;
const realm = "https://auth.site/token";
const tags = "GET /v2/team/app/tags/list?n=1000";
const noTags: Answer = { status: 200, body: { tags: [] } };
const scope = "scope=repository%3Ateam%2Fapp%3Apull%2Cpush";
const getToken = `GET ${realm}?account=robot%24a&service=reg&${scope}`;

function ping(...challenges: readonly string[]): Exchange {
  return { on: "GET /v2/", headers: { authorization: undefined }, answer: unauthorized(...challenges) };
}

function unauthorized(...challenges: readonly string[]): Answer {
  return { status: 401, headers: challenges.length ? { "www-authenticate": challenges } : {} };
}

const bearer = `Bearer realm="${realm}",service="reg"`;
const bearerPing = ping(bearer);

function token(value: string, more: Readonly<Record<string, unknown>> = {}): Answer {
  return { status: 200, body: { token: value, ...more } };
}

function jwt(payload: object): string {
  return `h.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.s`;
}

async function openRepository(
  script: readonly Exchange[],
  options: Partial<RegistryStoreOptions> = { credentials },
) {
  const scripted = await scriptStore(script, options);
  return { ...scripted, repository: scripted.store.repository("team/app") };
}

function signed(authorization: string | RegExp | undefined, answer: Exchange["answer"] = noTags): Exchange {
  return { on: tags, headers: { authorization }, answer };
}

interface Case {
  readonly name: string;
  readonly script: readonly Exchange[];
  readonly options?: Partial<RegistryStoreOptions>;
}

const good: readonly Case[] = [
  {
    name: "a registry that asks for nothing is sent nothing",
    script: [{ on: "GET /v2/", answer: 200 }, signed(undefined)],
  },
  {
    name: "Basic is sent with every request after the ping",
    script: [ping('Basic realm="x"'), signed(basic)],
  },
  {
    name: "Bearer takes a token for the repository, asked for with Basic",
    script: [
      bearerPing,
      { on: getToken, headers: { authorization: basic }, answer: token("t1") },
      signed("Bearer t1"),
    ],
  },
  {
    name: "without credentials a registry that asks for Basic is read unsigned",
    script: [ping('Basic realm="x"'), signed(undefined)],
    options: {},
  },
  {
    name: "a challenge with a 200 is answered at once (zot)",
    script: [
      { on: "GET /v2/", answer: { status: 200, headers: { "www-authenticate": ['Basic realm="x"'] } } },
      signed(basic),
    ],
  },
  {
    name: "a token with the scope that the resource asks for beyond its own",
    script: [
      bearerPing,
      { on: getToken, answer: token("t1") },
      signed("Bearer t1", unauthorized(`${bearer},scope="aws"`)),
      { on: `${getToken}&scope=aws`, answer: token("t2") },
      signed("Bearer t2"),
    ],
  },
  {
    name: "a token of nobody that may still pull is one, without a password",
    script: [
      bearerPing,
      { on: `GET ${realm}?service=reg&${scope}`, answer: token(jwt({ access: [{ actions: ["pull"] }] })) },
      signed(/^Bearer h\./),
    ],
    options: {},
  },
  {
    name: "a token may come as access_token",
    script: [
      bearerPing,
      { on: getToken, answer: { status: 200, body: { access_token: "t1" } } },
      signed("Bearer t1"),
    ],
  },
  {
    name: "without credentials an anonymous token is asked for",
    script: [
      bearerPing,
      { on: `GET ${realm}?service=reg&${scope}`, headers: { authorization: undefined }, answer: token("t1") },
      signed("Bearer t1"),
    ],
    options: {},
  },
  {
    name: "a realm keeps its own query",
    script: [
      ping('Bearer realm="https://auth.site/token?x=1",service="reg"'),
      { on: `GET https://auth.site/token?x=1&account=robot%24a&service=reg&${scope}`, answer: token("t1") },
      signed("Bearer t1"),
    ],
  },
  {
    name: "a password goes by POST where the token server knows no GET",
    script: [
      bearerPing,
      { on: getToken, answer: 405 },
      {
        on: `POST ${realm}`,
        headers: { authorization: undefined, "content-type": "application/x-www-form-urlencoded" },
        body: `grant_type=password&username=robot%24a&password=p%3Aw&client_id=airgap-load&service=reg&${scope}`,
        answer: token("t1"),
      },
      signed("Bearer t1"),
    ],
  },
  {
    name: "a first 401 may be the challenge, where the ping is open",
    script: [
      { on: "GET /v2/", answer: 200 },
      signed(undefined, unauthorized('Basic realm="x"')),
      signed(basic),
    ],
  },
  {
    name: "a 401 without any challenge is answered with Basic, as GCR's",
    script: [ping(), signed(undefined, unauthorized()), signed(basic)],
  },
  {
    name: "a refused token is renewed by the ping's challenge, not by Harbor's Basic of the second 401",
    script: [
      bearerPing,
      { on: getToken, answer: token("t1") },
      signed("Bearer t1", unauthorized('Basic realm="harbor"')),
      { on: getToken, answer: token("t2") },
      signed("Bearer t2"),
    ],
  },
  {
    name: "a busy token server is asked again",
    script: [
      bearerPing,
      { on: getToken, answer: 503 },
      { on: getToken, answer: breakage("ECONNRESET") },
      { on: getToken, answer: token("t1") },
      signed("Bearer t1"),
    ],
  },
  {
    name: "a redirect to another host is followed without what was signed",
    script: [
      ping('Basic realm="x"'),
      signed(basic, { status: 307, headers: { location: "https://elsewhere.site/list" } }),
      { on: "GET https://elsewhere.site/list", headers: { authorization: undefined }, answer: noTags },
    ],
  },
  {
    name: "a redirect on the same host is followed with it",
    script: [
      ping('Basic realm="x"'),
      signed(basic, { status: 302, headers: { location: "/moved" } }),
      { on: "GET /moved", headers: { authorization: basic }, answer: noTags },
    ],
  },
];

describe("signing in", () => {
  test.for(good)("$name", async ({ script, options }) => {
    const { repository } = await openRepository(script, options);
    expect(await repository.listTags()).toEqual([]);
  });

  test("fetches a token once for requests at the same time", async () => {
    const { repository } = await openRepository([
      bearerPing,
      { on: getToken, answer: token("t1") },
      signed("Bearer t1"),
      signed("Bearer t1"),
    ]);
    expect(await Promise.all([repository.listTags(), repository.listTags()])).toEqual([[], []]);
  });

  test("renews a token half a minute before it ends", async () => {
    const { repository, clock } = await openRepository([
      bearerPing,
      { on: getToken, answer: token("t1", { expires_in: 120 }) },
      signed("Bearer t1"),
      signed("Bearer t1"),
      { on: getToken, answer: token("t2", { expires_in: 120, issued_at: "2036-01-01T00:00:00Z" }) },
      signed("Bearer t2"),
    ]);
    await repository.listTags();
    await clock.sleep(89_000);
    await repository.listTags();
    await clock.sleep(2000);
    expect(await repository.listTags()).toEqual([]);
  });

  test("renews once for all that were refused at the same time", async () => {
    const { repository } = await openRepository([
      bearerPing,
      { on: getToken, answer: token("t1") },
      signed("Bearer t1", unauthorized(bearer)),
      signed("Bearer t1", unauthorized(bearer)),
      { on: getToken, answer: token("t2") },
      signed("Bearer t2"),
      signed("Bearer t2"),
    ]);
    expect(await Promise.all([repository.listTags(), repository.listTags()])).toEqual([[], []]);
  });
});

function refreshForm(refresh: string): string {
  return `grant_type=refresh_token&refresh_token=${refresh}&client_id=airgap-load&service=reg&${scope}`;
}

describe("an identity token", () => {
  const auths = {
    "registry.site": { auth: Buffer.from("00000000-0000:").toString("base64"), identitytoken: "secret-r1" },
  };
  const options = { env: { HOME: "/nowhere", DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) } };

  test("is exchanged by POST, and replaced by the one that comes back", async () => {
    const { repository } = await openRepository(
      [
        bearerPing,
        {
          on: `POST ${realm}`,
          body: refreshForm("secret-r1"),
          answer: token("t1", { refresh_token: "secret-r2" }),
        },
        signed("Bearer t1", unauthorized(bearer)),
        { on: `POST ${realm}`, body: refreshForm("secret-r2"), answer: token("t2") },
        signed("Bearer t2"),
      ],
      options,
    );
    expect(await repository.listTags()).toEqual([]);
  });

  test("is a password where the token server knows no POST", async () => {
    const authorization = `Basic ${Buffer.from("<token>:secret-r1").toString("base64")}`;
    const { repository } = await openRepository(
      [
        bearerPing,
        { on: `POST ${realm}`, answer: 404 },
        { on: `GET ${realm}?service=reg&${scope}`, headers: { authorization }, answer: token("t1") },
        signed("Bearer t1"),
      ],
      options,
    );
    expect(await repository.listTags()).toEqual([]);
  });

  test("for the registry itself is sent as it is", async () => {
    const config = { auths: { "registry.site": { registrytoken: "secret-x" } } };
    const env = { HOME: "/nowhere", DOCKER_AUTH_CONFIG: JSON.stringify(config) };
    const { repository } = await openRepository([bearerPing, signed("Bearer secret-x")], { env });
    expect(await repository.listTags()).toEqual([]);
  });
});

interface BadCase extends Case {
  readonly error: Readonly<Record<string, unknown>>;
}

const bad: readonly BadCase[] = [
  {
    name: "Basic without credentials, naming the places that were looked into",
    script: [ping('Basic realm="x"'), signed(undefined, unauthorized('Basic realm="x"'))],
    options: {},
    error: {
      code: "CREDENTIALS_MISSING",
      exitCode: 77,
      message: expect.stringContaining('"/nowhere/.docker/config.json"'),
      hint: expect.stringContaining("--username NAME --password-stdin"),
    },
  },
  {
    name: "a token server that knows nobody, without credentials",
    script: [bearerPing, { on: /GET https:\/\/auth\.site/, answer: 401 }],
    options: {},
    error: { code: "CREDENTIALS_MISSING", exitCode: 77 },
  },
  {
    name: "a wrong password, which is tried once",
    script: [
      bearerPing,
      { on: getToken, answer: { status: 401, body: { details: "incorrect username or password" } } },
    ],
    error: {
      code: "SIGN_IN_FAILED",
      exitCode: 77,
      message: 'Cannot sign in to "registry.site": registry answered 401, incorrect username or password',
    },
  },
  {
    name: "a wrong password that Harbor answers with a token of nobody for nothing",
    script: [bearerPing, { on: getToken, answer: token(jwt({ sub: "", access: [{ actions: [] }] })) }],
    error: { code: "SIGN_IN_FAILED", exitCode: 77 },
  },
  {
    name: "Basic that is refused the first time it is sent",
    script: [ping('Basic realm="x"'), signed(basic, unauthorized('Basic realm="x"'))],
    error: { code: "SIGN_IN_FAILED", exitCode: 77 },
  },
  {
    name: "a proxy in front that asks for something else, naming that",
    script: [ping("Negotiate"), { on: /^GET .*tags/, answer: unauthorized("Negotiate", "NTLM") }],
    error: {
      code: "ACCESS_DENIED",
      exitCode: 77,
      message: expect.stringContaining("it asks for Negotiate"),
    },
  },
  {
    name: "a token that is refused twice",
    script: [
      bearerPing,
      { on: getToken, answer: token("t1") },
      signed("Bearer t1", unauthorized(bearer)),
      { on: getToken, answer: token("t2") },
      signed("Bearer t2", refusal(401, "UNAUTHORIZED", "authentication required")),
    ],
    error: { code: "ACCESS_DENIED", exitCode: 77 },
  },
  {
    name: "a token server over http for a registry over https",
    script: [ping('Bearer realm="http://auth.site/token"')],
    error: {
      code: "TOKEN_SERVER_INSECURE",
      exitCode: 76,
      message: expect.stringContaining('"http://auth.site"'),
    },
  },
  {
    name: "a token server that is not there, naming both",
    script: [
      ping('Bearer realm="https://wrong.site/v2/token"'),
      { on: /GET https:\/\/wrong\.site/, answer: breakage("ENOTFOUND") },
      { on: /GET https:\/\/wrong\.site/, answer: breakage("ENOTFOUND") },
    ],
    error: {
      code: "REGISTRY_UNREACHABLE",
      message: expect.stringMatching(
        /sign in to "registry\.site": the name of "wrong\.site" .* names it as its token server/,
      ),
      hint: expect.stringContaining("ROOT_URL"),
    },
  },
  {
    name: "an answer of the token server that is not JSON",
    script: [bearerPing, { on: getToken, answer: { status: 200, body: '{"token":"secret' } }],
    error: { code: "TOKEN_INVALID", exitCode: 76 },
  },
  {
    name: "a token that no header can carry",
    script: [bearerPing, { on: getToken, answer: token("ab\r\ncd") }],
    error: { code: "TOKEN_INVALID", exitCode: 76 },
  },
  {
    name: "an answer without a token",
    script: [bearerPing, { on: getToken, answer: { status: 200, body: {} } }],
    error: { code: "TOKEN_INVALID", exitCode: 76 },
  },
];

describe("a sign-in that fails", () => {
  test.for(bad)("$name", async ({ script, options, error }) => {
    const { repository } = await openRepository(script, options);
    const caught: unknown = await repository.listTags().catch((reason: unknown) => reason);
    expect(caught).toMatchObject(error);
    for (let each = caught; each instanceof Error; each = each.cause) {
      expect(`${each.message} ${each.stack}`).not.toMatch(/secret|p:w|t1|cm9ib3/);
    }
  });
});

test("a password that was refused is not tried again, however much is asked at once", async () => {
  const { store } = await openRepository([bearerPing, { on: /GET https:\/\/auth\.site/, answer: 401 }]);
  const asked = ["a/x", "b/x", "c/x"].map((name) => store.repository(name).listTags());
  const answers = await Promise.allSettled(asked);
  expect(answers.map((answer) => answer.status === "rejected" && answer.reason)).toMatchObject(
    asked.map(() => ({ code: "SIGN_IN_FAILED" })),
  );
});

test("a manifest that an unsigned request does not find is asked for with the password", async () => {
  const path = "GET /v2/team/app/manifests/1";
  const bytes = "{}";
  const { repository } = await openRepository([
    { on: "GET /v2/", answer: 200 },
    { on: path, headers: { authorization: undefined }, answer: 404 },
    { on: path, headers: { authorization: basic }, answer: { status: 200, body: bytes } },
  ]);
  expect((await repository.fetchManifest("1"))?.bytes).toHaveLength(2);
});

interface PingCase {
  readonly name: string;
  readonly answers: readonly Exchange["answer"][];
  readonly error: Readonly<Record<string, unknown>>;
}

const badPings: readonly PingCase[] = [
  {
    name: "a web page",
    answers: [
      {
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html><title>Welcome to nginx!</title>",
      },
    ],
    error: {
      code: "NOT_A_REGISTRY",
      exitCode: 69,
      message: expect.stringContaining('a web page titled "Welcome to nginx!"'),
    },
  },
  {
    name: "nothing found",
    answers: [{ status: 404, body: "404 page not found" }],
    error: {
      code: "NOT_A_REGISTRY",
      message: expect.stringContaining("404, 404 page not found"),
      hint: expect.stringContaining("Check the port and the name"),
    },
  },
  {
    name: "a redirect to a portal",
    answers: [{ status: 302, headers: { location: "https://portal.site/login" } }],
    error: {
      code: "NOT_A_REGISTRY",
      message: expect.stringContaining('302 to "https://portal.site/login"'),
      hint: expect.stringContaining("a page to sign in at"),
    },
  },
  {
    name: "trouble that does not end",
    answers: [502, 502, 502, 502, 502],
    error: { code: "REGISTRY_GAVE_UP", exitCode: 75 },
  },
];

describe("a ping answered with", () => {
  test.for(badPings)("$name ends the run before anything is sent", async ({ answers, error }) => {
    const { store } = await scriptStore(answers.map((answer) => ({ on: "GET /v2/", answer })));
    await expect(store.checkAccess(["team/app"])).rejects.toMatchObject(error);
  });
});

/** With a warning (distribution-spec, warnings). */
function says(text: string): Answer {
  return { ...noTags, headers: { warning: `299 - "${text}"` } };
}

test("a registry's warning that repeats name, password or token is told without them", async () => {
  const byPassword = await openRepository([
    ping('Basic realm="x"'),
    signed(basic, says(String.raw`hello robot$a:p\:w, ${basic}`)),
  ]);
  await byPassword.repository.listTags();
  expect(byPassword.notices).toEqual(['Registry "registry.site" says: hello ***, Basic ***']);
  const byToken = await openRepository([
    bearerPing,
    { on: getToken, answer: token("t0ken") },
    signed("Bearer t0ken", says("your token is t0ken")),
  ]);
  await byToken.repository.listTags();
  expect(byToken.notices).toEqual(['Registry "registry.site" says: your token is ***']);
});
