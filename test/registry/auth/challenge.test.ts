import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseChallenge, parseChallenges } from "../../../src/registry/auth/challenge.ts";

interface Case {
  readonly headers: readonly string[];
  readonly parsed: readonly (readonly [string, Readonly<Record<string, string>>])[];
}

const cases: readonly Case[] = [
  { headers: ['Basic realm="Registry"'], parsed: [["basic", { realm: "Registry" }]] },
  {
    headers: ['Bearer realm="https://auth/token",service="registry",scope="repository:a/b:pull,push"'],
    parsed: [
      ["bearer", { realm: "https://auth/token", service: "registry", scope: "repository:a/b:pull,push" }],
    ],
  },
  {
    headers: ['Negotiate, Basic realm="x", Bearer realm="/token" , service = "s"'],
    parsed: [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
      ["bearer", { realm: "/token", service: "s" }],
    ],
  },
  {
    headers: ["NTLM", 'BEARER Realm="/token"'],
    parsed: [
      ["ntlm", {}],
      ["bearer", { realm: "/token" }],
    ],
  },
  { headers: ['Bearer realm="a\\"b\\\\c"'], parsed: [["bearer", { realm: 'a"b\\c' }]] },
  {
    headers: ["Bearer realm=https://auth/token?x=y,service=registry"],
    parsed: [["bearer", { realm: "https://auth/token?x=y", service: "registry" }]],
  },
  {
    headers: ['Negotiate abc==, Basic realm="x"'],
    parsed: [
      ["negotiate", { abc: "=" }],
      ["basic", { realm: "x" }],
    ],
  },
  { headers: ["", " , "], parsed: [] },
];

describe("WWW-Authenticate headers", () => {
  test.for(cases)("$headers", ({ headers, parsed }) => {
    const found = parseChallenges(headers).map(({ scheme, parameters }) => [
      scheme,
      Object.fromEntries(parameters),
    ]);
    expect(found).toEqual(parsed);
  });

  test("never throw, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 200 })), (headers) => {
        expect(parseChallenges(headers)).toBeInstanceOf(Array);
      }),
    );
  });

  test("are read in time that grows with their length only", () => {
    const long = `Bearer ${'realm="x",'.repeat(5000)}${"=".repeat(20_000)}${"a".repeat(20_000)}`;
    expect(parseChallenges([long])[0]?.scheme).toBe("bearer");
  });

  test("give Bearer before Basic, and nothing that cannot be answered", () => {
    expect(choose('Basic realm="x", Bearer realm="/t"')).toBe("bearer");
    expect(choose('Bearer service="x", Basic realm="y"')).toBe("basic");
    expect(choose("Negotiate, NTLM")).toBeUndefined();
  });
});

function choose(header: string): string | undefined {
  return chooseChallenge(parseChallenges([header]))?.scheme;
}
