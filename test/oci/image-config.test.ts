import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { type ImageConfig, parseImageConfig, rewriteConfigPlatform } from "../../src/oci/image-config.ts";

const diffID = digestOf("layer");
const rootfs = { type: "layers", diff_ids: [diffID] };

function parse(document: unknown): ImageConfig {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return parseImageConfig(new TextEncoder().encode(text), "config X");
}

describe("parseImageConfig", () => {
  test("all that a loader needs is read", () => {
    const document = {
      architecture: "arm",
      os: "linux",
      variant: "v7",
      "os.version": "1",
      "os.features": ["f"],
      config: {
        Entrypoint: ["/bin/app", "serve"],
        Cmd: ["--help"],
        Env: ["PATH=/first", "HOME=/", "PATH=/bin:/usr/bin"],
        WorkingDir: "/srv",
      },
      rootfs,
    };
    const text = JSON.stringify(document);
    expect(parse(text)).toEqual({
      bytes: new TextEncoder().encode(text),
      digest: digestOf(text),
      platform: { os: "linux", architecture: "arm", variant: "v7", osVersion: "1", osFeatures: ["f"] },
      diffIDs: [diffID],
      command: ["/bin/app", "serve", "--help"],
      path: "/bin:/usr/bin",
      workingDir: "/srv",
    });
  });

  test.each([
    { title: "no settings", config: undefined },
    { title: "null settings", config: null },
    { title: "null in all of them", config: { Entrypoint: null, Cmd: null, Env: null, WorkingDir: "" } },
  ])("$title: no command, no PATH, and the root to work in", ({ config }) => {
    expect(parse({ config, rootfs })).toMatchObject({
      platform: { os: "", architecture: "" },
      command: [],
      path: undefined,
      workingDir: "/",
    });
  });

  test("a command that is a lone string is taken as docker takes it", () => {
    expect(parse({ config: { Entrypoint: "/app", Cmd: "x" }, rootfs }).command).toEqual(["/app", "x"]);
  });

  test("an image without layers is lawful", () => {
    expect(parse({ rootfs: { diff_ids: null } }).diffIDs).toEqual([]);
  });

  test.each([
    { document: {}, code: "CONFIG_INVALID", message: "Cannot read config X: it has no rootfs" },
    { document: { rootfs: [] }, code: "CONFIG_INVALID", message: "it has no rootfs" },
    { document: "[]", code: "JSON_INVALID", message: "want an object" },
    { document: { rootfs: { diff_ids: ["x"] } }, code: "DIGEST_INVALID", message: "Cannot read digest" },
    { document: { rootfs, architecture: 1 }, code: "JSON_INVALID", message: "config X.architecture" },
    { document: { rootfs, config: { Cmd: [1] } }, code: "JSON_INVALID", message: "want a string, got 1" },
    { document: '{"os":"a","os":"b","rootfs":{}}', code: "JSON_INVALID", message: 'key "os" is given twice' },
  ])("$message", ({ document, code, message }) => {
    expect(() => parse(document)).toThrow(expect.objectContaining({ code, exitCode: 65 }));
    expect(() => parse(document)).toThrow(message);
  });
});

describe("rewriteConfigPlatform", () => {
  const arm64 = { os: "linux", architecture: "arm64" };
  const armv7 = { os: "linux", architecture: "arm", variant: "v7" };

  function rewrite(text: string, platform: typeof arm64 & { variant?: string }): string {
    const rewritten = rewriteConfigPlatform(parse(text), platform);
    expect(rewritten.digest).toBe(digestOf(rewritten.bytes));
    expect(rewritten.platform).toMatchObject(platform);
    return Buffer.from(rewritten.bytes).toString();
  }

  test("every other byte stays, white space, key order, numbers and escapes included", () => {
    const text = `{ "created" : "2021-01-01T00:00:00.000000000Z",\n\t"architecture":"amd64" , "n": 1.500e3,
 "history":[{"created_by":"/bin/sh -c #(nop) \\u003cx\\u003e größe","architecture":"amd64"}], "os":"linux",
 "rootfs": {"diff_ids":["${diffID}"],"architecture":"amd64"}, "config":{"Labels":{"architecture":"amd64"}} }\n`;
    expect(rewrite(text, arm64)).toBe(text.replace('"architecture":"amd64"', '"architecture":"arm64"'));
  });

  test("a variant is added behind, put in its place, or taken out", () => {
    const tail = `"rootfs":{"diff_ids":[]}}`;
    expect(rewrite(`{"architecture":"amd64","os":"linux",${tail}`, armv7)).toBe(
      `{"architecture":"arm","os":"linux",${tail.slice(0, -1)},"variant": "v7"}`,
    );
    expect(rewrite(`{"architecture":"arm","variant":"v6","os":"linux",${tail}`, armv7)).toBe(
      `{"architecture":"arm","variant":"v7","os":"linux",${tail}`,
    );
    expect(rewrite(`{"architecture":"arm","variant":"v6","os":"linux",${tail}`, arm64)).toBe(
      `{"architecture":"arm64","os":"linux",${tail}`,
    );
    expect(rewrite(`{"architecture":"arm","os":"linux","rootfs":{},"variant":"v6"}`, arm64)).toBe(
      `{"architecture":"arm64","os":"linux","rootfs":{}}`,
    );
    expect(rewrite(`{"variant":"v6","architecture":"arm","os":"linux","rootfs":{}}`, arm64)).toBe(
      `{"architecture":"arm64","os":"linux","rootfs":{}}`,
    );
  });

  test("words that were absent are added", () => {
    expect(rewrite(`{"rootfs":{}}`, arm64)).toBe(`{"rootfs":{},"os": "linux","architecture": "arm64"}`);
  });

  test("any config stays what it was but for its platform, and a second rewrite changes nothing", () => {
    const keys = fc.constantFrom("created", "history", "config", "x", "author", "__proto__");
    const anyScalar = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const anyValue = fc.oneof(anyScalar, fc.array(fc.record({ a: anyScalar, B: anyScalar })));
    const anyDocument = fc
      .record({
        other: fc.dictionary(keys, anyValue, { maxKeys: 3 }),
        platform: fc.record(
          {
            os: fc.constant("linux"),
            architecture: fc.constant("amd64"),
            variant: fc.constantFrom("v2", "v8"),
          },
          { requiredKeys: [] },
        ),
        indent: fc.constantFrom("", "  "),
      })
      .map(({ other, platform, indent }) => ({
        text: JSON.stringify({ ...platform, ...other, config: null, rootfs }, undefined, indent),
        other: { ...other, config: null, rootfs },
      }));
    fc.assert(
      fc.property(anyDocument, ({ text, other }) => {
        const once = rewrite(text, armv7);
        expect(JSON.parse(once)).toEqual({ ...JSON.parse(JSON.stringify(other)), ...armv7 });
        expect(rewrite(once, armv7)).toBe(once);
      }),
    );
  });
});

test("keys are found whatever their case, as readers in Go find them", () => {
  const text = JSON.stringify({
    OS: "linux",
    Architecture: "amd64",
    Config: { entrypoint: ["/bin/app"], env: ["PATH=/x"] },
    RootFS: { Diff_IDs: [] },
  });
  const config = parseImageConfig(Buffer.from(text), "config");
  expect(config).toMatchObject({
    platform: { os: "linux", architecture: "amd64" },
    command: ["/bin/app"],
    path: "/x",
  });
  const fixed = rewriteConfigPlatform(config, { os: "linux", architecture: "arm64" });
  expect(Buffer.from(fixed.bytes).toString()).toBe(text.replace("amd64", "arm64"));
});
