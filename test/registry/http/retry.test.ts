import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  backOff,
  delayAfterStatus,
  parseRetryAfter,
  requestWithRetries,
} from "../../../src/registry/http/retry.ts";
import type { RegistryResponse } from "../../../src/registry/http/transport.ts";
import { createFakeClock } from "../../helpers/fake-clock.ts";
import { openPing, scriptStore } from "../../helpers/registries/scripted-store.ts";
import { breakage, type Exchange } from "../../helpers/registries/scripted-transport.ts";

const now = Date.UTC(2026, 0, 1);

describe("Retry-After", () => {
  test.for([
    ["3", 3000],
    ["0", 0],
    [new Date(now + 5000).toUTCString(), 5000],
    [new Date(now - 5000).toUTCString(), 0],
    ["soon", undefined],
    ["-1", undefined],
    [undefined, undefined],
  ] as const)("%s", ([value, wait]) => {
    expect(parseRetryAfter(value, now)).toBe(wait);
  });

  test("goes before the usual wait", () => {
    expect(delayAfterStatus(429, 1, 7000)).toBe(7000);
  });
});

describe("the usual wait", () => {
  test.for([1, 2, 3, 4, 5, 6, 7])(
    "doubles up to half a minute, and a fifth more at most (try %i)",
    (attempt) => {
      const base = Math.min(1000 * 2 ** (attempt - 1), 30_000);
      expect(backOff(attempt)).toBeGreaterThanOrEqual(base);
      expect(backOff(attempt)).toBeLessThanOrEqual(base * 1.2);
    },
  );

  test("is twice as long after a 429", () => {
    expect(delayAfterStatus(429, 1, undefined)).toBeGreaterThanOrEqual(2000);
  });
});

interface Case {
  readonly name: string;
  readonly outcome: number | Error;
  readonly contacted: boolean;
  readonly tries: number;
}

const cases: readonly Case[] = [
  ...[408, 425, 499, 500, 502, 503, 504, 520, 524].map((status) => ({
    name: String(status),
    outcome: status,
    contacted: true,
    tries: 5,
  })),
  { name: "429, which asks for patience", outcome: 429, contacted: true, tries: 8 },
  ...[200, 201, 202, 400, 401, 403, 404, 409, 412, 413, 415, 416, 501].map((status) => ({
    name: String(status),
    outcome: status,
    contacted: true,
    tries: 1,
  })),
  ...[
    "ECONNRESET",
    "EPIPE",
    "UND_ERR_SOCKET",
    "UND_ERR_HEADERS_TIMEOUT",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ENOTFOUND",
  ].map((code) => ({
    name: `${code} of a registry that had answered`,
    outcome: breakage(code),
    contacted: true,
    tries: 5,
  })),
  ...["ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"].map((code) => ({
    name: `${code} of a registry that never answered`,
    outcome: breakage(code),
    contacted: false,
    tries: 2,
  })),
  {
    name: "a certificate that is not trusted",
    outcome: breakage("CERT_HAS_EXPIRED"),
    contacted: true,
    tries: 1,
  },
  {
    name: "a port without TLS",
    outcome: breakage("ERR_SSL_WRONG_VERSION_NUMBER"),
    contacted: true,
    tries: 1,
  },
  { name: "a bug", outcome: new TypeError("x is not a function"), contacted: true, tries: 1 },
  { name: "a wrong call", outcome: breakage("ERR_INVALID_ARG_TYPE"), contacted: true, tries: 1 },
];

describe("tries", () => {
  test.for(cases)("$name: $tries", async ({ outcome, contacted, tries }) => {
    let count = 0;
    const send = async (): Promise<RegistryResponse> => {
      count++;
      if (outcome instanceof Error) throw outcome;
      return {
        status: outcome,
        headers: new Map(),
        body: (async function* () {})(),
        discard: async () => {},
      };
    };
    const clock = createFakeClock(now);
    const answer = requestWithRetries(send, { attempts: 5, clock, contacted });
    expect(await answer.then(({ status }) => status).catch((error: unknown) => error)).toBe(outcome);
    expect(count).toBe(tries);
    expect(clock.sleeps).toHaveLength(tries - 1);
  });

  test("end when the caller ends them", async () => {
    const controller = new AbortController();
    const send = async (): Promise<RegistryResponse> => {
      controller.abort(new Error("enough"));
      throw breakage("ECONNRESET");
    };
    const clock = createFakeClock(now);
    const { signal } = controller;
    await expect(requestWithRetries(send, { attempts: 5, clock, contacted: true, signal })).rejects.toThrow(
      "enough",
    );
    expect(clock.sleeps).toEqual([]);
  });
});

describe("a registry that says with 403 what 429 is for", () => {
  const on = "GET /v2/app/manifests/1";
  const body = { errors: [{ code: "TOOMANYREQUESTS", message: "rate limit" }] };
  const busy = (headers = {}): Exchange => ({ on, answer: { status: 403, headers, body } });

  test("is given time as for 429, and that is told", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const script = [openPing, busy(), busy({ "retry-after": "7" }), busy(), { on, answer: 404 }];
    const { store, notices, clock } = await scriptStore(script);
    expect(await store.repository("app").fetchManifest("1")).toBeUndefined();
    expect(clock.sleeps).toEqual([2000, 7000, 8000]);
    const told = 'Registry "registry.site" answers 403 (TOOMANYREQUESTS), trying again in';
    expect(notices).toEqual([`${told} 7 s (3 of 4)`, `${told} 8 s (4 of 4)`]);
  });

  test("is left after four tries, and at once where it asks for more time than anybody has", async () => {
    const { store } = await scriptStore([
      openPing,
      ...Array.from({ length: 4 }, () => busy()),
      busy({ "retry-after": "3600" }),
    ]);
    for (const tag of ["1", "1"]) {
      const read = store.repository("app").fetchManifest(tag);
      await expect(read).rejects.toMatchObject({ message: expect.stringContaining("rate limit") });
    }
  });
});

test("whoever waits for the same again is told again", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  const ask: Exchange = { on: "GET /v2/app/manifests/1", answer: 503 };
  const gone: Exchange = { ...ask, answer: 404 };
  const once = [ask, ask, ask, ask, gone];
  const { store, notices } = await scriptStore([openPing, ...once, ...once]);
  for (const tag of ["1", "1"]) expect(await store.repository("app").fetchManifest(tag)).toBeUndefined();
  const text = 'Registry "registry.site" answers 503, trying again in 8 s (5 of 5)';
  expect(notices).toEqual([text, text]);
});
