import { describe, expect, test } from "vitest";
import { formatPlatform, parsePlatform } from "../../../../src/oci/platform.ts";
import type { FixConfig, PlatformPolicy } from "../../../../src/content/option-words.ts";
import { settlePlatform } from "../../../../src/transfer/plan/witness/witness.ts";
import { buildImage, type ImageSpec } from "../../../helpers/archives/source-image.ts";

interface Case extends ImageSpec {
  readonly flag?: string;
  readonly policy?: PlatformPolicy;
  readonly fix?: FixConfig;
  readonly override?: string;
}

function settle({ flag, policy = "verify", fix = "auto", override, ...spec }: Case): unknown {
  const verdict = settlePlatform(buildImage(spec), {
    policy,
    fixConfig: fix,
    ...(flag ? { flag: parsePlatform(flag) } : {}),
    ...(override ? { override: parsePlatform(override) } : {}),
  });
  if (verdict.kind === "unsettled") {
    return {
      unsettled: verdict.reason,
      suggestion: verdict.suggestion && formatPlatform(verdict.suggestion),
    };
  }
  const { platform, fixConfig, findings, contested } = verdict;
  const done = [formatPlatform(platform), ...(fixConfig ? ["fix"] : []), ...(contested ? ["contested"] : [])];
  return [done.join(" "), ...findings];
}

const app = "(bin/app)";
const own = { manifest: "oci" } as const;

describe("who wins", () => {
  test.each<[string, Case, string[]]>([
    ["all agree", { flag: "amd64" }, ["linux/amd64"]],
    ["a bare file: config and binaries", {}, ["linux/amd64"]],
    ["a bare file: the config alone", { machine: undefined }, ["linux/amd64"]],
    [
      "a bare file: the binaries alone",
      { config: "", machine: "s390x" },
      ["linux/s390x fix contested", `its config names no architecture, its binaries ${app} are s390x`],
    ],
    [
      "the flag alone",
      { config: "", machine: undefined, flag: "arm64" },
      ["linux/arm64 fix contested", "its config names no architecture, its archive was given as arm64"],
    ],
    [
      "the index entry alone",
      { config: "", machine: undefined, claimed: "arm64", ...own },
      ["linux/arm64 contested", "its config names no architecture, its index entry says arm64"],
    ],
    [
      "a config that lies, against flag and binaries",
      { flag: "arm64", machine: "arm64" },
      [
        "linux/arm64 fix contested",
        `its config says amd64, its archive was given as arm64 and so are its binaries ${app}`,
      ],
    ],
    [
      "a config that lies, against the flag alone",
      { flag: "arm64", machine: undefined },
      ["linux/arm64 fix contested", "its config says amd64, its archive was given as arm64"],
    ],
    [
      "a config that lies, against the binaries alone",
      { machine: "ppc64le" },
      ["linux/ppc64le fix contested", `its config says amd64, its binaries ${app} are ppc64le`],
    ],
    [
      "index entry and config that lie",
      { machine: "arm64", flag: "arm64", claimed: "amd64", ...own },
      [
        "linux/arm64 contested",
        `its index entry says amd64 and its config says amd64, its archive was given as arm64 and so are its binaries ${app}`,
      ],
    ],
    [
      "an index entry against the config, without binaries",
      { machine: undefined, claimed: "arm64", ...own },
      ["linux/arm64 contested", "its config says amd64, its index entry says arm64"],
    ],
    ["an index entry that is unknown is no witness", { claimed: "unknown/unknown", ...own }, ["linux/amd64"]],
    [
      "386 in an archive of amd64",
      { flag: "amd64", config: "386" },
      [
        "linux/amd64 fix contested",
        "its config says 386, its archive was given as amd64",
        `its binaries are 386 ${app}, which amd64 machines run`,
      ],
    ],
    [
      "386 binaries under a config of amd64",
      { machine: "386" },
      ["linux/amd64 contested", `its binaries are 386 ${app}, which amd64 machines run`],
    ],
    [
      "arm in an archive of arm64",
      { flag: "arm64", config: "arm64", machine: "arm" },
      ["linux/arm64 contested", `its binaries are arm ${app}, which arm64 machines run`],
    ],
    ["aliases are no contradiction", { flag: "arm64", config: "aarch64" }, ["linux/arm64"]],
  ])("%s", (_, given, outcome) => {
    expect(settle(given)).toEqual(outcome);
  });

  test.each<[string, Case, string, string | undefined]>([
    [
      "the flag against the binaries",
      { flag: "amd64", config: "arm64" },
      `its archive was given as amd64, its binaries are arm64 ${app}`,
      "linux/arm64",
    ],
    [
      "amd64 under 386 is not lawful",
      { flag: "386", config: "amd64" },
      `its archive was given as 386, its binaries are amd64 ${app}`,
      "linux/amd64",
    ],
    [
      "arm64 under arm is not lawful",
      { flag: "arm", config: "arm64" },
      `its archive was given as arm, its binaries are arm64 ${app}`,
      "linux/arm64",
    ],
    [
      "Windows stays Windows in the suggestion",
      { flag: "amd64", config: "windows/arm64" },
      `its archive was given as amd64, its binaries are arm64 ${app}`,
      "windows/arm64",
    ],
    [
      "no witness at all",
      { config: "", machine: undefined },
      "neither its archive, nor its config, nor a binary in it names an architecture",
      undefined,
    ],
  ])("not settled: %s", (_, given, reason, suggestion) => {
    expect(settle(given)).toEqual({ unsettled: reason, suggestion });
  });

  test("a tie of the binaries is no vote", () => {
    const layers = [{ counts: { arm64: 1, amd64: 1 } }];
    expect(settle({ layers, flag: "arm64", config: "arm64" })).toEqual(["linux/arm64"]);
  });
});

describe("what the operator says", () => {
  test.each<[string, Case, string[]]>([
    [
      "policy flag: the flag against the binaries",
      { policy: "flag", flag: "arm64" },
      [
        "linux/arm64 fix contested",
        `its config says amd64 and its binaries are amd64 ${app}, its archive was given as arm64`,
      ],
    ],
    [
      "policy flag, no flag: the index entry",
      { policy: "flag", claimed: "arm64", machine: "amd64", ...own },
      [
        "linux/arm64 contested",
        `its config says amd64 and its binaries are amd64 ${app}, taken as arm64 as asked`,
      ],
    ],
    [
      "policy flag, no flag: the config",
      { policy: "flag", machine: "arm64" },
      ["linux/amd64 contested", `its binaries are arm64 ${app}, taken as amd64 as asked`],
    ],
    [
      "policy config: the config against all",
      { policy: "config", flag: "arm64", machine: "arm64", claimed: "arm64" },
      [
        "linux/amd64 contested",
        `its index entry says arm64 and its archive was given as arm64 and its binaries are arm64 ${app}, taken as amd64 as asked`,
      ],
    ],
    [
      "policy config, nothing in it: the index entry",
      { policy: "config", config: "", claimed: "arm64", machine: "arm64" },
      ["linux/arm64 contested", `its config names no architecture, its binaries ${app} are arm64`],
    ],
    [
      "an override is the last word",
      { override: "linux/arm64", flag: "amd64" },
      [
        "linux/arm64 fix contested",
        `its config says amd64 and its archive was given as amd64 and its binaries are amd64 ${app}, taken as arm64 as asked`,
      ],
    ],
    [
      "an override may name the operating system and its version",
      { override: "windows(10.0.1)/amd64", config: "windows/amd64" },
      ["windows(10.0.1)/amd64"],
    ],
    ["an override that says what all say", { override: "linux/amd64" }, ["linux/amd64"]],
  ])("%s", (_, given, outcome) => {
    expect(settle(given)).toEqual(outcome);
  });

  test("no policy finds an architecture where there is none", () => {
    for (const policy of ["flag", "config"] as const) {
      expect(settle({ policy, config: "", machine: policy === "flag" ? "amd64" : undefined })).toMatchObject({
        unsettled: expect.stringContaining("names an architecture"),
      });
    }
  });
});

describe("variants", () => {
  const assumed = "nothing names its arm variant: v7 is assumed";
  test.each<[string, Case, string[]]>([
    [
      "from the config, since a flag claims none",
      { flag: "arm", config: "linux/arm/v6", machine: "arm" },
      ["linux/arm/v6"],
    ],
    [
      "from the index entry before the config",
      { flag: "arm", config: "linux/arm/v7", claimed: "linux/arm/v6", machine: "arm", ...own },
      ["linux/arm/v6"],
    ],
    [
      "from a config that the index entry does not contradict",
      { config: "linux/arm/v6", claimed: "linux/arm", machine: "arm", ...own },
      ["linux/arm/v6"],
    ],
    ["assumed, and said without alarm", { flag: "arm", config: "arm" }, ["linux/arm/v7", assumed]],
    [
      "assumed where the config speaks of another architecture",
      { flag: "arm", config: "amd64", machine: "arm" },
      [
        "linux/arm/v7 fix contested",
        `its config says amd64, its archive was given as arm and so are its binaries ${app}`,
        assumed,
      ],
    ],
    ["claimed by --archive linux/arm/v6", { flag: "linux/arm/v6", config: "arm" }, ["linux/arm/v6"]],
    [
      "claimed by --archive against the config",
      { flag: "linux/arm/v6", config: "linux/arm/v7", machine: "arm" },
      ["linux/arm/v6 fix contested", "its config says linux/arm/v7, taken as linux/arm/v6 as asked"],
    ],
    [
      "claimed by --archive against the index entry",
      { flag: "linux/arm/v6", config: "linux/arm/v6", claimed: "linux/arm/v7", machine: "arm", ...own },
      ["linux/arm/v6 contested", "its index entry says linux/arm/v7, taken as linux/arm/v6 as asked"],
    ],
    [
      "overridden for one image",
      { override: "linux/arm/v5", config: "linux/arm/v7", machine: "arm" },
      ["linux/arm/v5 fix contested", "its config says linux/arm/v7, taken as linux/arm/v5 as asked"],
    ],
    [
      "an override without one takes the config's",
      { override: "linux/arm", config: "linux/arm/v6", machine: "arm" },
      ["linux/arm/v6"],
    ],
    ["arm64's v8 is dropped", { flag: "arm64", config: "linux/arm64/v8" }, ["linux/arm64"]],
    ["arm64's v9 stays", { config: "linux/arm64/v9" }, ["linux/arm64/v9"]],
    ["amd64's v3 stays", { flag: "amd64", config: "linux/amd64/v3" }, ["linux/amd64/v3"]],
  ])("%s", (_, given, outcome) => {
    expect(settle(given)).toEqual(outcome);
  });
});

describe("operating systems", () => {
  test.each<[string, Case, string[]]>([
    [
      "Windows with its version, from the config",
      { flag: "amd64", config: "windows(10.0.17763.1697)/amd64" },
      ["windows(10.0.17763.1697)/amd64"],
    ],
    [
      "Windows with its version, from the index entry",
      { config: "windows/amd64", claimed: "windows(10.0.1)/amd64", ...own },
      ["windows(10.0.1)/amd64"],
    ],
    [
      "a flag of Linux does not make Linux of Windows",
      { flag: "linux/amd64", config: "windows/amd64" },
      ["windows/amd64"],
    ],
    [
      "the flag's where nothing else names one",
      { flag: "windows/amd64", config: "", machine: undefined },
      ["windows/amd64 fix contested", "its config names no architecture, its archive was given as amd64"],
    ],
  ])("%s", (_, given, outcome) => {
    expect(settle(given)).toEqual(outcome);
  });
});

describe("repair of a config that lies", () => {
  const lie = { flag: "arm64", machine: "arm64" } as const;
  test.each<[FixConfig, Case, boolean]>([
    ["auto", lie, true],
    ["auto", { ...lie, ...own }, false],
    ["always", lie, true],
    ["always", { ...lie, ...own }, true],
    ["never", lie, false],
    ["never", { ...lie, ...own }, false],
    ["always", { flag: "amd64" }, false],
    ["always", { flag: "amd64", ...own }, false],
    ["always", { ...lie, policy: "config" }, false],
    ["auto", { config: "linux/arm/v8", flag: "linux/arm/v7", machine: "arm" }, true],
    ["auto", { config: "linux/arm64/v8", flag: "arm64" }, false],
    ["auto", { config: "arm", flag: "arm" }, false],
  ])("--fix-config %s of %j: %s", (fix, given, isFixed) => {
    const [done] = settle({ ...given, fix }) as [string];
    expect(done.includes(" fix")).toBe(isFixed);
  });
});
