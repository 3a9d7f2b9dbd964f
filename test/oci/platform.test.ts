import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  comparePlatforms,
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  parsePlatformObject,
  type Platform,
  platformKey,
  platformToJson,
} from "../../src/oci/platform.ts";

function linux(architecture: string, variant?: string): Platform {
  return { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) };
}

describe("normalizePlatform", () => {
  test.each([
    ["x86_64", undefined, "amd64", undefined],
    ["x86-64", undefined, "amd64", undefined],
    ["amd64", "v1", "amd64", undefined],
    ["amd64", "v2", "amd64", "v2"],
    ["AMD64", "V3", "amd64", "v3"],
    ["i386", undefined, "386", undefined],
    ["i686", undefined, "386", undefined],
    ["aarch64", undefined, "arm64", undefined],
    ["arm64", "8", "arm64", undefined],
    ["arm64", "v8", "arm64", undefined],
    ["arm64", "v8.0", "arm64", undefined],
    ["arm64", "v8.1", "arm64", "v8.1"],
    ["arm64", "9", "arm64", "v9"],
    ["arm64", "9.0", "arm64", "v9"],
    ["arm64", "v9.0", "arm64", "v9"],
    ["arm64", "v9.2", "arm64", "v9.2"],
    ["armhf", undefined, "arm", "v7"],
    ["armel", undefined, "arm", "v6"],
    ["armv7l", undefined, "arm", "v7"],
    ["armv6l", undefined, "arm", "v6"],
    ["arm", "7", "arm", "v7"],
    ["arm", "6", "arm", "v6"],
    ["arm", "5", "arm", "v5"],
    ["arm", "8", "arm", "v8"],
    ["ARM", "V7", "arm", "v7"],
    ["ppc64le", undefined, "ppc64le", undefined],
    ["ppc64le", "power9", "ppc64le", "power9"],
    ["riscv64", "rva23u64", "riscv64", "rva23u64"],
    ["loong64", undefined, "loong64", undefined],
    ["wasm", undefined, "wasm", undefined],
  ])("%s %s is %s %s", (architecture, variant, normal, normalVariant) => {
    expect(normalizePlatform(linux(architecture, variant))).toEqual(linux(normal, normalVariant));
  });

  test("a missing arm variant stays missing, and means v7 as a key", () => {
    expect(normalizePlatform(linux("arm"))).toEqual(linux("arm"));
    expect(platformKey(linux("arm"))).toBe(platformKey(linux("arm", "v7")));
    expect(platformKey(linux("arm"))).not.toBe(platformKey(linux("arm", "v6")));
  });

  test("macos is darwin, and words are lower case", () => {
    expect(normalizePlatform({ os: "macOS", architecture: "ARM64" })).toEqual({
      os: "darwin",
      architecture: "arm64",
    });
    expect(normalizePlatform({ os: "Linux", architecture: "amd64" }).os).toBe("linux");
  });

  test("OS features are sorted, empty ones left out, the OS version kept", () => {
    expect(
      normalizePlatform({
        os: "windows",
        architecture: "amd64",
        osVersion: "10.0.1",
        osFeatures: ["b", "a"],
      }),
    ).toEqual({ os: "windows", architecture: "amd64", osVersion: "10.0.1", osFeatures: ["a", "b"] });
    expect(normalizePlatform({ ...linux("amd64"), osFeatures: [], osVersion: "" })).toEqual(linux("amd64"));
  });

  test("normal form is its own normal form", () => {
    fc.assert(
      fc.property(anyPlatform(), (platform) => {
        const normal = normalizePlatform(platform);
        expect(normalizePlatform(normal)).toEqual(normal);
        expect(platformKey(normal)).toBe(platformKey(platform));
      }),
    );
  });
});

describe("parsePlatform and formatPlatform", () => {
  test.each([
    ["arm64", linux("arm64")],
    ["linux/amd64", linux("amd64")],
    ["linux/arm/v7", linux("arm", "v7")],
    ["linux/arm", linux("arm")],
    ["Linux/ARM64/v8", linux("arm64")],
    ["armhf", linux("arm", "v7")],
    ["x86_64", linux("amd64")],
    ["386", linux("386")],
    ["linux/386", linux("386")],
    ["windows/amd64", { os: "windows", architecture: "amd64" }],
    [
      "windows(10.0.17763.1697)/amd64",
      { os: "windows", architecture: "amd64", osVersion: "10.0.17763.1697" },
    ],
    ["macos/aarch64", { os: "darwin", architecture: "arm64" }],
  ])("%s is read", (text, platform) => {
    expect(parsePlatform(text)).toEqual(platform);
  });

  test.each([
    "",
    "/",
    "linux/",
    "/amd64",
    "linux/arm/v7/x",
    "linux amd64",
    "windows()/amd64",
    "linux",
    "Windows",
    "arm/v7",
    "linux/v7",
    "linux/amd64\n",
    "a.b/c",
  ])("%j is refused as usage", (text) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({
        code: "PLATFORM_INVALID",
        exitCode: 64,
        hint: expect.stringContaining("linux/arm/v7"),
      }),
    );
  });

  test("what is formatted is read back the same", () => {
    fc.assert(
      fc.property(anyPlatform(), (platform) => {
        const normal = normalizePlatform({ ...platform, osFeatures: [] });
        expect(parsePlatform(formatPlatform(normal))).toEqual(normal);
      }),
    );
  });
});

describe("platforms in JSON", () => {
  test("every key is read", () => {
    const value = new Map<string, unknown>([
      ["os", "windows"],
      ["architecture", "amd64"],
      ["os.version", "10.0.1"],
      ["os.features", ["win32k"]],
      ["variant", "v2"],
    ]);
    const platform = parsePlatformObject(value, "x");
    expect(platform).toEqual({
      os: "windows",
      architecture: "amd64",
      osVersion: "10.0.1",
      osFeatures: ["win32k"],
      variant: "v2",
    });
    expect(platform && JSON.stringify(platformToJson(platform))).toBe(
      '{"architecture":"amd64","os":"windows","os.version":"10.0.1","os.features":["win32k"],"variant":"v2"}',
    );
  });

  test("absence of the whole is told from absent words", () => {
    expect(parsePlatformObject(undefined, "x")).toBeUndefined();
    expect(parsePlatformObject(null, "x")).toBeUndefined();
    expect(parsePlatformObject(new Map(), "x")).toEqual({ os: "", architecture: "" });
    expect(() => parsePlatformObject("linux", "x")).toThrow("want an object");
  });

  test.each(["os", "architecture", "variant", "os.version"])(
    "%s is refused where it cannot be shown",
    (key) => {
      const value = new Map([[key, "v\u{1b}]0;pwned\u{7}\r\n"]]);
      expect(() => parsePlatformObject(value, "x")).toThrow(
        `Cannot read x.${key}: "v\\u{1b}]0;pwned\\u{7}\\u{d}\\u{a}" is no word of a platform`,
      );
    },
  );

  test("so is a feature of an operating system", () => {
    const value = new Map([["os.features", ["win32k", "\u{202e}"]]]);
    expect(() => parsePlatformObject(value, "x")).toThrow("is no word of a platform");
  });
});

describe("comparePlatforms", () => {
  const ordered = [
    "linux/amd64/v3",
    "linux/amd64/v2",
    "linux/amd64",
    "linux/arm64/v9",
    "linux/arm64",
    "linux/arm/v8",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/arm/v5",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "linux/riscv64",
    "linux/loong64",
    "linux/mips64le",
    "darwin/arm64",
    "windows(10.0.20348.1)/amd64",
    "windows(10.0.17763.1697)/amd64",
    "windows(10.0.17763.200)/amd64",
    "windows/amd64",
  ].map(parsePlatform);

  test("gives the order of a list's entries, whatever order they come in", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) => {
        expect(shuffled.sort(comparePlatforms).map(formatPlatform)).toEqual(ordered.map(formatPlatform));
      }),
    );
  });

  test("a bare arm stands where v7 does", () => {
    const sorted = [linux("arm", "v6"), linux("arm"), linux("arm", "v8")].sort(comparePlatforms);
    expect(sorted.map(formatPlatform)).toEqual(["linux/arm/v8", "linux/arm", "linux/arm/v6"]);
  });

  test("is a total order over platforms", () => {
    fc.assert(
      fc.property(anyPlatform(), anyPlatform(), (a, b) => {
        const [left, right] = [normalizePlatform(a), normalizePlatform(b)];
        expect(Math.sign(comparePlatforms(left, right))).toBe(-Math.sign(comparePlatforms(right, left)) + 0);
        expect(comparePlatforms(left, right) === 0).toBe(platformKey(left) === platformKey(right));
      }),
    );
  });
});

function anyPlatform(): fc.Arbitrary<Platform> {
  return fc.record(
    {
      os: fc.constantFrom("linux", "windows", "macos", "freebsd"),
      architecture: fc.constantFrom(
        "amd64",
        "x86_64",
        "arm64",
        "aarch64",
        "arm",
        "armhf",
        "armel",
        "386",
        "s390x",
      ),
      variant: fc.constantFrom("v1", "v5", "6", "v7", "8", "v8", "v8.0", "9.0", "power9"),
      osVersion: fc.constantFrom("10.0.17763.1697", "10.0.17763", "10.0.20348.1"),
      osFeatures: fc.uniqueArray(fc.constantFrom("win32k", "a", "b")),
    },
    { requiredKeys: ["os", "architecture"] },
  );
}
