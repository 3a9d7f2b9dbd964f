import { describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import type { Digest } from "../../../src/oci/digest.ts";
import { formatTarget } from "../../../src/transfer/report/target-name.ts";
import { planLoad } from "../../helpers/plan-load.ts";
import { planOptions, type PlanSpec } from "../../helpers/plan-options.ts";
import { buildArtifact, buildImage, indexImages } from "../../helpers/archives/source-image.ts";
import { give } from "../../helpers/summarize-plan.ts";

const children = ["amd64", "arm64"].map((architecture) =>
  buildImage({
    names: [],
    config: `linux/${architecture}`,
    claimed: `linux/${architecture}`,
    manifest: "oci",
  }),
);
const [amd64, arm64] = indexImages(children) as [SourceImage, SourceImage];
const whole = amd64.index?.manifest.descriptor.digest as Digest;
const child = amd64.manifest?.descriptor.digest as Digest;
const byTag = "team/app:1.0";
const byDigest = `team/app@${whole}`;

function named(image: SourceImage, ...names: string[]): SourceImage {
  return { ...image, names };
}

/** As `save` for one platform writes it: the image alone, and what it was chosen from. */
function half({ index, ...image }: SourceImage, ...names: string[]): SourceImage {
  return { ...image, names, ...(index ? { whole: { ...index, complete: false } } : {}) };
}

interface Planned {
  readonly lists: Readonly<Record<string, unknown>>;
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

function plan(sources: readonly (readonly SourceImage[])[], spec: PlanSpec = {}): Planned {
  const given = sources.map((images) => give("", images));
  const { lists, failures, warnings } = planLoad(given, planOptions(spec));
  return {
    lists: Object.fromEntries(
      lists.map(({ target, entries, pins, verbatim, single }) => [
        formatTarget(target),
        {
          platforms: entries.map(({ image }) => image.platform.architecture).join(" "),
          pins,
          root: single
            ? entries[0]?.image.sourceImage.manifest?.descriptor.digest
            : verbatim?.index.descriptor.digest,
        },
      ]),
    ),
    failures: failures.map(({ name, error }) => `${name}: ${error.code}`),
    warnings: warnings.filter(({ severity }) => severity === "warning").map(({ text }) => text),
  };
}

const wholeByDigest = { platforms: "amd64 arm64", pins: [whole], root: whole };

describe("a name that is a digest", () => {
  test("goes under that digest: the whole index, halves of it together, one manifest", () => {
    const all = [named(amd64, byDigest), named(arm64, byDigest)];
    expect(plan([all])).toEqual({ lists: { [byDigest]: wholeByDigest }, failures: [], warnings: [] });
    const halves = [[half(amd64, byDigest)], [half(arm64, byDigest)]];
    expect(plan(halves)).toEqual({ lists: { [byDigest]: wholeByDigest }, failures: [], warnings: [] });
    const single = `team/app@${child}`;
    expect(plan([[named(children[0] as SourceImage, single)]], { alwaysList: true }).lists).toEqual({
      [single]: { platforms: "amd64", pins: [child], root: child },
    });
  });

  test("with a tag beside it is one image, under the tag and the digest, wherever the tag is renamed to", () => {
    const all = [named(amd64, byTag, byDigest), named(arm64, byTag, byDigest)];
    expect(plan([all]).lists).toEqual({ [byTag]: wholeByDigest });
    const renames = [`${byTag}=site/app:2.0`];
    expect(plan([all], { renames }).lists).toEqual({ "site/app:2.0": wholeByDigest });
  });

  test("that speaks of something else names nothing, as before", () => {
    const other = named(amd64, byTag, `team/app@sha256:${"a".repeat(64)}`);
    expect(plan([[other]]).lists).toMatchObject({ [byTag]: { pins: [] } });
  });

  test("that would be another digest fails by itself; beside a tag it is a warning", () => {
    const lying = indexImages(
      children.map((image) => ({ ...image, claimedPlatform: { os: "linux", architecture: "s390x" } })),
    );
    const digest = lying[0]?.index?.manifest.descriptor.digest;
    const lie = lying[0] as SourceImage;
    const sources = [[named(lie, `team/lie@${digest}`), named(arm64, "good:1")]];
    expect(plan(sources)).toMatchObject({
      lists: { "library/good:1": {} },
      failures: [`team/lie@${digest}: DIGEST_NOT_KEPT`],
    });
    expect(plan([[named(lie, "team/lie:1", `team/lie@${digest}`)]])).toMatchObject({
      failures: [],
      warnings: expect.arrayContaining([expect.stringMatching(/asked for by its digest too/)]),
    });
  });

  test("of an artifact goes under its digest", () => {
    const artifact = buildArtifact("chart");
    const name = `charts/chart@${artifact.manifest.descriptor.digest}`;
    const source = give("", [], { artifacts: [{ ...artifact, names: [name] }] });
    const { artifacts } = planLoad([source], planOptions());
    expect(artifacts.map(({ target }) => formatTarget(target))).toEqual([name]);
  });
});

describe("a line of the image list with a digest", () => {
  const imageList = [`${byTag}@${whole}`];

  test.each([
    ["by tag and digest", [byTag, byDigest]],
    ["by tag", [byTag]],
    ["by digest", [byDigest]],
    ["by another tag", ["team/app:other"]],
  ])("finds what the archives name %s, under its tag and digest", (_, names) => {
    const halves = [[half(amd64, ...names)], [half(arm64, ...names)]];
    expect(plan(halves, { imageList })).toEqual({
      lists: { [byTag]: wholeByDigest },
      failures: [],
      warnings: [],
    });
  });

  test("and no tag takes the image under the tag that it has, and by the digest", () => {
    const all = [named(amd64, byTag), named(arm64, byTag)];
    expect(plan([all], { imageList: [byDigest] }).lists).toEqual({ [byTag]: wholeByDigest });
  });

  test("of one image of a list takes that one, as it is", () => {
    const all = [named(amd64, byTag), named(arm64, byTag)];
    expect(plan([all], { imageList: [`${byTag}@${child}`] }).lists).toEqual({
      [byTag]: { platforms: "amd64", pins: [child], root: child },
    });
  });
});
