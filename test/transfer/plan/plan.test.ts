import { describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import { planLoad, planSource } from "../../helpers/plan-load.ts";
import { shortDigest } from "../../../src/oci/digest.ts";
import { planOptions, type PlanSpec } from "../../helpers/plan-options.ts";
import { buildImage, buildSource } from "../../helpers/archives/source-image.ts";
import { give, image, plan, refusal } from "../../helpers/summarize-plan.ts";

const tag3 = "rancher/pause:3.1";

/** An image that is another one than all that `image` makes. */
function other(name: string): SourceImage {
  return buildImage({ names: [name], salt: "other" });
}

describe("lists", () => {
  test("one per name, its platforms in the order of lists and not of flags", () => {
    const archives = [
      give("arm", [buildImage({ config: "linux/arm/v6" }), image("arm/v7", "busybox:1")]),
      give("amd64", [image("amd64"), image("amd64", "busybox:1")]),
      give("arm64", [image("arm64"), image("arm64", "busybox:1")]),
    ];
    const { lists, warnings } = plan(archives);
    expect(lists).toEqual([
      "library/busybox:1: linux/amd64 linux/arm64 linux/arm/v7",
      "rancher/pause:3.1: linux/amd64 linux/arm64 linux/arm/v6",
    ]);
    expect(warnings).toEqual([]);
    expect(plan(archives.reverse())).toEqual({ lists, warnings });
  });

  test("an image of several names goes under each", () => {
    expect(plan([give("amd64", [image("amd64", "a:1", "a:2", "quay.io/b/c:1")])]).lists).toEqual([
      "b/c:1: linux/amd64",
      "library/a:1: linux/amd64",
      "library/a:2: linux/amd64",
    ]);
  });

  test("names that are the same in other words are one", () => {
    const names = ["a:1", "docker.io/library/a:1", "index.docker.io/a:1", `a:1@sha256:${"a".repeat(64)}`];
    expect(plan([give("amd64", [image("amd64", ...names)])]).lists).toEqual(["library/a:1: linux/amd64"]);
  });

  test("children have their per-architecture tags, or none where they are pushed by digest", () => {
    const sources = [give("arm64", [image("arm64")])];
    const tags = (spec: PlanSpec): unknown =>
      planLoad(sources, planOptions(spec)).lists.map(({ entries }) => entries.map(({ archTag }) => archTag));
    expect(tags({})).toEqual([["3.1-arm64"]]);
    expect(tags({ archTag: "{arch}-{tag}" })).toEqual([["arm64-3.1"]]);
    expect(tags({ archTag: false })).toEqual([[undefined]]);
  });

  test("names go where --prefix and --rename send them", () => {
    expect(
      plan([give("", [image("amd64")])], { prefix: "k3s", renames: ["rancher/pause=pause"] }).lists,
    ).toEqual(["k3s/pause:3.1: linux/amd64"]);
  });

  test("notes of an archive are told under its title", () => {
    expect(plan([give("amd64", [image("amd64")], { notes: ["an odd thing"] })]).warnings).toEqual([
      "note amd64.tar: an odd thing",
    ]);
  });
});

describe("missing platforms", () => {
  test("a name that not all archives have is published with what there is, and said", () => {
    const { lists, warnings } = plan([
      give("amd64", [image("amd64"), image("amd64", "a:1")]),
      give("arm64", [image("arm64")]),
    ]);
    expect(lists).toEqual([
      "library/a:1: linux/amd64 / linux/arm64",
      "rancher/pause:3.1: linux/amd64 linux/arm64",
    ]);
    expect(warnings).toEqual(["warning a:1: not in the archives for linux/arm64"]);
  });

  test("a name with one variant does not lack another that other names have", () => {
    const archive = give("arm", [image("arm/v6"), image("arm/v7", "a:1")]);
    expect(plan([archive]).lists).toEqual(["library/a:1: linux/arm/v7", "rancher/pause:3.1: linux/arm/v6"]);
  });
});

describe("duplicates", () => {
  test("the same image in two archives is one", () => {
    const again = buildSource({ title: "again.tar", images: [image("amd64")] });
    expect(plan([give("amd64", [image("amd64")]), { source: again }]).lists).toEqual([
      `${tag3}: linux/amd64`,
    ]);
  });

  test("of the same image twice, the one with its own manifest counts, in any order", () => {
    const promised = give("", [buildImage({ manifest: "oci", claimed: "linux/amd64" })]);
    for (const archives of [
      [promised, give("amd64", [image("amd64")])],
      [give("amd64", [image("amd64")]), promised],
    ]) {
      const [list] = planLoad(archives, planOptions()).lists;
      expect(list?.entries.map((entry) => entry.image.keepsManifest)).toEqual([true]);
    }
  });

  test("two different images for one place are refused, both shown", () => {
    const [one, other] = [buildImage({ salt: "1" }), buildImage({ salt: "2" })];
    expect(refusal([give("amd64", [one]), give("", [other])])).toEqual({
      code: "DUPLICATE_PLATFORM",
      exit: 65,
      message:
        "Cannot publish these archives: rancher/pause:3.1 has two different images for linux/amd64: " +
        `${shortDigest(one.config.digest)} in amd64.tar and ${shortDigest(other.config.digest)} in all.tar`,
      hint: undefined,
    });
  });

  test("a bare arm and arm/v7 are one place", () => {
    const [one, other] = [buildImage({ config: "linux/arm" }), buildImage({ config: "linux/arm/v7" })];
    expect(refusal([give("", [one, other])])).toMatchObject({ code: "DUPLICATE_PLATFORM" });
  });
});

describe("collisions", () => {
  test("two names of the same images come to one target", () => {
    const sources = [give("amd64", [image("amd64", "k8s.gcr.io/pause:3.6", "registry.k8s.io/pause:3.6")])];
    expect(plan(sources).lists).toEqual(["pause:3.6: linux/amd64"]);
  });

  test("two sources on one target are refused with the option that solves it", () => {
    const sources = [give("amd64", [image("amd64", "quay.io/a/b:1"), other("ghcr.io:443/a/b:1")])];
    expect(refusal(sources)).toEqual({
      code: "NAME_COLLISION",
      exit: 64,
      message: "Cannot publish these archives: quay.io/a/b:1 and ghcr.io:443/a/b:1 would both become a/b:1",
      hint: "If you know better, settle it with:\n  --rename ghcr.io:443/a/b=ghcr.io-443/a/b",
    });
    expect(plan(sources, { renames: ["ghcr.io:443/a/b=ghcr.io-443/a/b"] }).lists).toEqual([
      "a/b:1: linux/amd64",
      "ghcr.io-443/a/b:1: linux/amd64",
    ]);
  });

  test("the remedy works beside a rule that made the collision", () => {
    const sources = [give("amd64", [image("amd64", "quay.io/a:1"), other("ghcr.io/a:1")])];
    const renames = ["quay.io/*=x/*", "ghcr.io/*=x/*"];
    expect(refusal(sources, { renames })).toMatchObject({ code: "NAME_COLLISION" });
    expect(plan(sources, { renames: [...renames, "ghcr.io/a=ghcr.io/a"] }).lists).toEqual([
      "ghcr.io/a:1: linux/amd64",
      "x/a:1: linux/amd64",
    ]);
  });

  test("--keep-host keeps them apart", () => {
    const sources = [give("amd64", [image("amd64", "quay.io/a/b:1"), image("amd64", "a/b:1")])];
    expect(plan(sources, { keepHost: true }).lists).toEqual([
      "docker.io/a/b:1: linux/amd64",
      "quay.io/a/b:1: linux/amd64",
    ]);
  });

  test("a per-architecture tag that is another list's tag is refused", () => {
    const sources = [give("amd64", [image("amd64", "a:1"), image("amd64", "a:1-amd64")])];
    expect(refusal(sources)).toEqual({
      code: "TAG_COLLISION",
      exit: 64,
      message:
        "Cannot publish these archives: the tag library/a:1-amd64 is needed twice: " +
        "for the list library/a:1-amd64 and for library/a:1 for linux/amd64",
      hint: "If you know better, settle it with:\n  --arch-tag '{tag}_{platform}'",
    });
    expect(plan(sources, { archTag: "{tag}_{platform}" }).lists).toHaveLength(2);
    expect(plan(sources, { archTag: false }).lists).toHaveLength(2);
  });

  test("a template that gives two platforms one tag is refused", () => {
    const sources = [give("", [image("amd64"), image("arm64")])];
    expect(refusal(sources, { archTag: "{tag}-x" })).toMatchObject({
      code: "TAG_COLLISION",
      message: expect.stringContaining(
        "for rancher/pause:3.1 for linux/amd64 and for rancher/pause:3.1 for linux/arm64",
      ),
    });
    expect(refusal(sources, { archTag: "{tag}" })).toMatchObject({ code: "TAG_COLLISION" });
  });

  test("a tag that leaves no room for the platform is published without per-architecture tags, and it is said", () => {
    const { lists, warnings } = planLoad(
      [give("amd64", [image("amd64", `a:${"t".repeat(125)}`)])],
      planOptions(),
    );
    expect(lists[0]?.entries[0]?.archTag).toBeUndefined();
    expect(warnings).toMatchObject([
      { severity: "note", text: expect.stringContaining("no tags of their own") },
    ]);
  });
});

describe("a plan that grows with names and platforms", () => {
  test.each([
    {
      title: "platforms",
      images: [
        ...Array.from({ length: 250 }, (_, i) => image(`arm/v${i}`, "app:1")),
        image("amd64", ...Array.from({ length: 1000 }, (_, i) => `app${i}:2`)),
      ],
    },
    {
      title: "layers",
      images: [
        buildImage({
          names: Array.from({ length: 1001 }, (_, i) => `app${i}:2`),
          layers: Array.from({ length: 200 }, () => ({})),
        }),
      ],
    },
  ])("is refused where no release has as many $title", ({ images }) => {
    expect(refusal([give("", images)])).toMatchObject({
      code: "ARCHIVE_INVALID",
      exit: 65,
      message: expect.stringContaining("more than any release has"),
    });
  });
});

describe("planSource, what one archive gives while others are still read", () => {
  const options = planOptions();

  test("the same children that the whole plan has", () => {
    const given = give("amd64", [image("amd64"), image("amd64", "a:1")]);
    const whole = planLoad([given], options).lists.flatMap(({ target, entries }) =>
      entries.map((entry) => ({ target, entry })),
    );
    expect(planSource(given, options)).toEqual(whole);
  });

  test.each([
    { title: "a platform is unsettled", images: [image("arm64"), image("amd64", "a:1")] },
    { title: "names collide", images: [image("amd64", "quay.io/a:1"), other("ghcr.io/a:1")] },
    { title: "tags collide", images: [image("amd64", "a:1"), image("amd64", "a:1-amd64")] },
  ])("nothing where $title, since the plan will fail", ({ images }) => {
    expect(planSource(give("amd64", images), options)).toEqual([]);
  });
});
