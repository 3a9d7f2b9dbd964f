import { describe, expect, test } from "vitest";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { mediaTypes } from "../../../src/oci/media-type.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { referrersTag } from "../../../src/oci/subject-tags.ts";
import { planRemoval, type RemovalPlan } from "../../../src/transfer/prune/plan-removal.ts";
import type { RepositorySurvey, SurveyedManifest } from "../../../src/transfer/prune/survey-repository.ts";

interface Content {
  readonly tags: Readonly<Record<string, string>>;
  /** Names of manifests, with what each lists by platform, and what refers to it. */
  readonly manifests: Readonly<
    Record<
      string,
      { lists?: Readonly<Record<string, string>>; referrers?: readonly string[]; fault?: string }
    >
  >;
}

const of = (name: string): Digest => digestOf(name);

function survey({ tags, manifests }: Content): RepositorySurvey {
  const surveyed = Object.entries(manifests).map(([name, { lists = {}, referrers = [], fault }]) => {
    const children = Object.entries(lists).map(([platform, child]) => ({
      mediaType: mediaTypes.oci.manifest,
      digest: of(child),
      size: 1,
      platform: parsePlatform(platform),
    }));
    const manifest: SurveyedManifest = {
      children,
      referrers: referrers.map(of),
      ...(fault ? { fault } : {}),
    };
    return [of(name), manifest] as const;
  });
  return {
    tags: new Map(Object.entries(tags).map(([tag, name]) => [tag, of(name)])),
    manifests: new Map(surveyed),
  };
}

function told({ tags, digests, spared }: RemovalPlan, { manifests }: Content): object {
  const nameOf = (digest: Digest): string =>
    Object.keys(manifests).find((name) => of(name) === digest) ?? digest;
  return {
    tags: tags.map(({ tag, alone }) => (alone === undefined ? tag : `${tag} (${alone})`)),
    digests: digests.map(nameOf),
    spared: spared.map(({ reference, because }) => `${reference}: ${because}`),
  };
}

const keep = (...references: string[]) => ({ kind: "keep", references: new Set(references) }) as const;
const remove = (...references: string[]) =>
  ({ kind: "delete", references: new Set(references), archTag: "{tag}-{platform}" }) as const;

const releases: Content = {
  tags: { "1.0": "list1", "1.0-amd64": "old", "1.0-arm64": "both", "2.0": "list2", "2.0-arm64": "both" },
  manifests: {
    list1: { lists: { "linux/amd64": "old", "linux/arm64": "both" } },
    list2: { lists: { "linux/amd64": "new", "linux/arm64": "both" } },
    old: {},
    new: {},
    both: {},
  },
};

describe("a plan to prune", () => {
  test("keeps what a kept list names, and the tags on that", () => {
    expect(told(planRemoval("r/app", survey(releases), keep("2.0")), releases)).toEqual({
      tags: ["1.0", "1.0-amd64"],
      digests: ["list1", "old"],
      spared: ["1.0-arm64: 2.0 lists it", "2.0-arm64: 2.0 lists it"],
    });
  });

  test("keeps signatures of what is kept, and deletes those of what goes before it", () => {
    const signed: Content = {
      tags: {
        "1": "a",
        "2": "b",
        [`${referrersTag(of("a"))}.sig`]: "signature of a",
        [`${referrersTag(of("b"))}.sig`]: "signature of b",
        [`${referrersTag(of("elsewhere"))}.sig`]: "signature of what is elsewhere",
      },
      manifests: {
        a: { referrers: ["signature of a"] },
        b: { referrers: ["signature of b"] },
        "signature of a": {},
        "signature of b": {},
        "signature of what is elsewhere": {},
      },
    };
    expect(told(planRemoval("r/app", survey(signed), keep("2")), signed)).toEqual({
      tags: ["1", `${referrersTag(of("a"))}.sig`],
      digests: ["signature of a", "a"],
      spared: [
        `${referrersTag(of("b"))}.sig: it refers to 2`,
        `${referrersTag(of("elsewhere"))}.sig: what it speaks of is not in this repository`,
      ],
    });
  });

  test("takes only the tag off a digest that a kept tag names, or the list by its digest", () => {
    const aliased: Content = { tags: { latest: "a", "1": "a" }, manifests: { a: {} } };
    expect(told(planRemoval("r/app", survey(aliased), keep("1")), aliased)).toMatchObject({
      tags: ["latest (1 names it)"],
      digests: [],
    });
    expect(told(planRemoval("r/app", survey(aliased), keep(of("a"))), aliased)).toMatchObject({
      digests: [],
    });
  });

  test("deletes nothing where it cannot tell what something that is kept names", () => {
    const odd: Content = {
      tags: { "1": "a", "2": "b" },
      manifests: { a: { fault: "it is of schema 1" }, b: {} },
    };
    expect(() => planRemoval("r/app", survey(odd), keep("1"))).toThrow(
      'Cannot tell what "r/app:1" needs, which is to stay: it is of schema 1',
    );
    expect(told(planRemoval("r/app", survey(odd), keep("2")), odd)).toMatchObject({ digests: ["a"] });
  });

  test("ends with things that refer to each other, and with chains of a hundred thousand", () => {
    const round: Content = {
      tags: { "1": "a" },
      manifests: { a: { referrers: ["b"] }, b: { referrers: ["a"], lists: { "linux/amd64": "a" } } },
    };
    expect(planRemoval("r/app", survey(round), keep()).digests).toHaveLength(2);
    const names = Array.from({ length: 100_000 }, (_, at) => `link ${at}`);
    const manifests = Object.fromEntries(names.map((name, at) => [name, { referrers: [`link ${at + 1}`] }]));
    const chain: Content = { tags: { "1": "link 0" }, manifests };
    expect(planRemoval("r/app", survey(chain), keep()).digests.at(-1)).toBe(of("link 0"));
  });
});

describe("a plan to delete", () => {
  test("takes the list's own images and tags along, and tells what stays", () => {
    expect(told(planRemoval("r/app", survey(releases), remove("1.0")), releases)).toEqual({
      tags: ["1.0", "1.0-amd64"],
      digests: ["list1", "old"],
      spared: ["1.0-arm64: 2.0-arm64 names it"],
    });
  });

  test("leaves what a list or a tag names, however it is asked for", () => {
    expect(told(planRemoval("r/app", survey(releases), remove("2.0-arm64", of("list1"))), releases)).toEqual({
      tags: [],
      digests: [],
      spared: ["2.0-arm64: 1.0-arm64 names it", `${of("list1")}: 1.0 names it`],
    });
  });

  test("deletes a signature that is asked for by itself", () => {
    const tag = `${referrersTag(of("a"))}.sig`;
    const signed: Content = {
      tags: { "1": "a", [tag]: "signature" },
      manifests: { a: { referrers: ["signature"] }, signature: {} },
    };
    expect(told(planRemoval("r/app", survey(signed), remove(tag)), signed)).toEqual({
      tags: [tag],
      digests: ["signature"],
      spared: [],
    });
  });
});
