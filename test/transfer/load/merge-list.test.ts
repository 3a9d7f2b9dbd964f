import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf, shortDigest } from "../../../src/oci/digest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { formatPlatform, parsePlatform } from "../../../src/oci/platform.ts";
import type { ExistingEntry, ExistingTag } from "../../../src/transfer/load/existing-tag.ts";
import { chooseKept, mergeEntries } from "../../../src/transfer/load/merge-list.ts";
import type { OnExisting } from "../../../src/content/option-words.ts";

function entry(platform: string, content = platform): ExistingEntry {
  const digest = digestOf(content);
  const descriptor = { mediaType: mediaTypes.docker.manifest, digest, size: 1 };
  const read = platform === "" ? { os: "", architecture: "" } : parsePlatform(platform);
  return { descriptor: { ...descriptor, platform: read }, platform: read, manifest: undefined };
}

function choose(
  entries: readonly ExistingEntry[],
  ours: readonly string[],
  {
    mode = "merge",
    faults = [],
  }: { mode?: OnExisting; faults?: readonly (readonly [ExistingEntry, string])[] } = {},
): { kept: string[]; warnings: readonly string[]; problem?: string } {
  const existing: ExistingTag = {
    descriptor: { mediaType: mediaTypes.docker.index, digest: digestOf("list"), size: 1 },
    entries,
    attestations: 0,
  };
  const { kept, ...rest } = chooseKept(existing, ours.map(parsePlatform), mode, new Map(faults));
  return { kept: kept.map(({ platform }) => formatPlatform(platform)), ...rest };
}

const [amd64, arm64, armv7] = ["linux/amd64", "linux/arm64", "linux/arm/v7"] as const;

describe("chooseKept", () => {
  test("nothing there, nothing kept", () => {
    expect(chooseKept(undefined, [], "merge", new Map())).toEqual({ kept: [], warnings: [] });
  });

  test("platforms that this run does not bring stay", () => {
    expect(choose([entry(amd64), entry(arm64), entry(armv7)], [arm64])).toEqual({
      kept: [amd64, armv7],
      warnings: [],
    });
  });

  test("platforms in other words are the same: a bare arm, arm64's v8", () => {
    expect(choose([entry("linux/arm"), entry("linux/arm64/v8")], [armv7, arm64]).kept).toEqual([]);
    expect(choose([entry("linux/arm/v6")], [armv7]).kept).toEqual(["linux/arm/v6"]);
  });

  test("--on-existing replace keeps nothing and minds no faults", () => {
    const old = entry(amd64);
    expect(choose([old, entry(arm64)], [arm64], { mode: "replace", faults: [[old, "broken"]] })).toEqual({
      kept: [],
      warnings: [],
    });
  });

  const oldScript = [entry(amd64, "1"), entry(amd64, "2"), entry(amd64, "3")];
  test("the old script's [amd64, amd64, amd64] is dropped with a line each where this run brings amd64", () => {
    expect(choose(oldScript, [amd64, arm64, armv7])).toEqual({
      kept: [],
      warnings: [`dropped ${twice("2")}`, `dropped ${twice("3")}`],
    });
  });

  test("and needs a decision where it does not", () => {
    expect(choose(oldScript, [arm64])).toMatchObject({
      problem: `cannot keep ${twice("2")}; cannot keep ${twice("3")}`,
    });
  });

  test("the same child listed twice is listed once from now on", () => {
    expect(choose([entry(amd64), entry(amd64)], [arm64])).toEqual({ kept: [amd64], warnings: [] });
  });

  test("an entry with a fault is dropped with a line where this run brings its platform, else a problem", () => {
    const broken = entry(amd64);
    const faults = [[broken, "its manifest is not in the registry"]] as const;
    const what = `linux/amd64 ${shortDigest(broken.descriptor.digest)} of the list in the registry: its manifest is not in the registry`;
    expect(choose([broken], [amd64], { faults })).toEqual({ kept: [], warnings: [`dropped ${what}`] });
    expect(choose([broken], [arm64], { faults })).toEqual({
      kept: [],
      warnings: [],
      problem: `cannot keep ${what}`,
    });
  });

  test("entries of unknown platform are no twins, and told as what they are", () => {
    const [one, other] = [entry("", "1"), entry("", "2")];
    const faults = [
      [one, "it is a chart"],
      [other, "it is rubbish"],
    ] as const;
    const { problem } = choose([one, other], [amd64], { faults });
    expect(problem).toBe(
      `cannot keep an image of unknown platform ${shortDigest(one.descriptor.digest)} of the list in the registry: it is a chart; ` +
        `cannot keep an image of unknown platform ${shortDigest(other.descriptor.digest)} of the list in the registry: it is rubbish`,
    );
  });
});

describe("mergeEntries", () => {
  const platforms = [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/386",
    "windows/amd64",
  ];

  test("kept ones and ours stand in the one order of lists, whoever came first", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(platforms, { minLength: 6 }), fc.nat({ max: 6 }), (shuffled, cut) => {
        const entries = shuffled.map((platform) => entry(platform));
        const merged = mergeEntries(entries.slice(0, cut), entries.slice(cut));
        expect(merged.map(({ platform }) => platform && formatPlatform(platform))).toEqual(platforms);
      }),
    );
  });

  test("a kept entry's platform stays as it was written, ours is added to the manifest's descriptor", () => {
    const arm = entry(arm64);
    const written = { os: "linux", architecture: "arm64", variant: "v8" };
    const kept = {
      ...arm,
      descriptor: { ...arm.descriptor, platform: written, annotations: new Map([["a", "b"]]) },
    };
    const { mediaType, digest, size } = entry(amd64).descriptor;
    expect(
      mergeEntries([kept], [{ platform: parsePlatform(amd64), descriptor: { mediaType, digest, size } }]),
    ).toEqual([
      { mediaType, digest, size, platform: { os: "linux", architecture: "amd64" } },
      { mediaType, digest: arm.descriptor.digest, size, platform: written },
    ]);
  });
});

function twice(content: string): string {
  return `linux/amd64 ${shortDigest(digestOf(content))} of the list in the registry: the list has linux/amd64 twice`;
}
