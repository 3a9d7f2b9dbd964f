import { describe, expect, test } from "vitest";
import type { SourceImage } from "../../src/content/image-source.ts";
import { planLoad } from "../../src/transfer/plan.ts";
import { formatTarget } from "../../src/transfer/target-name.ts";
import { planOptions, type PlanSpec } from "../helpers/plan-options.ts";
import { buildArtifact, buildImage, indexImages } from "../helpers/source-image.ts";
import { give, image, plan, refusal } from "../helpers/summarize-plan.ts";

const tag3 = "rancher/pause:3.1";

describe("the image list", () => {
  const archives = [
    give("amd64", [image("amd64"), image("amd64", "a:1", "a:2")]),
    give("arm64", [image("arm64"), image("arm64", "b:1")]),
  ];

  test("only what it names, in any spelling, and only under those names", () => {
    expect(plan(archives, { imageList: ["docker.io/rancher/pause:3.1"] })).toEqual({
      lists: [`${tag3}: linux/amd64 linux/arm64`],
      warnings: [],
    });
    expect(plan(archives.slice(0, 1), { imageList: ["a:2"] }).lists).toEqual(["library/a:2: linux/amd64"]);
  });

  test("a name that an archive lacks is refused, all at once, unless --allow-missing", () => {
    const imageList = [tag3, "a:1", "c:1"];
    expect(refusal(archives, { imageList })).toEqual({
      code: "IMAGE_MISSING",
      exit: 65,
      message: `Cannot publish these archives, for 3 reasons:
  - a:1 is on the image list and not in arm64.tar
  - c:1 is on the image list and not in amd64.tar
  - c:1 is on the image list and not in arm64.tar`,
      hint: "If you know better, settle it with:\n  --allow-missing",
    });
    const { lists, warnings } = plan(archives, { imageList, allowMissing: true });
    expect(lists).toEqual(["library/a:1: linux/amd64 / linux/arm64", `${tag3}: linux/amd64 linux/arm64`]);
    expect(warnings).toContain("warning c:1 is on the image list and not in amd64.tar");
  });

  test("two archives of one architecture share its images between them", () => {
    const more = give("arm64", [image("arm64", "a:1")], { title: "more.tar" });
    expect(plan([...archives, more], { imageList: ["a:1"] }).lists).toEqual([
      "library/a:1: linux/amd64 linux/arm64",
    ]);
    expect(refusal([...archives, more], { imageList: ["c:1"] })).toMatchObject({
      message: expect.stringContaining("not in arm64.tar, more.tar"),
    });
  });

  test("what is not on it is not looked at: no problem, no warning", () => {
    const others = [
      image("amd64"),
      image("arm64", "wrong/platform:1"),
      buildImage({ names: [] }),
      buildImage({ names: ["<none>:<none>"] }),
      buildImage({ names: ["lying:1"], config: "linux/s390x", machine: "amd64" }),
    ];
    expect(plan([give("amd64", others)], { imageList: [tag3] })).toEqual({
      lists: [`${tag3}: linux/amd64`],
      warnings: [],
    });
  });

  test("an image with a problem of its own is not said to be missing", () => {
    const error = refusal([give("amd64", [image("arm64")])], { imageList: [tag3] });
    expect(error).toMatchObject({
      code: "PLATFORM_UNSETTLED",
      message: expect.not.stringContaining("image list"),
    });
  });

  test("a line that is no name is a usage error", () => {
    expect(refusal(archives, { imageList: ["Not A Name"] })).toMatchObject({
      code: "REFERENCE_INVALID",
      exit: 64,
    });
  });
});

describe("the archive's own index", () => {
  const attestations = [buildArtifact("provenance")];
  const children = (["amd64", "arm64"] as const).map((architecture) =>
    buildImage({ config: `linux/${architecture}`, manifest: "oci", claimed: `linux/${architecture}` }),
  );
  test("goes up byte for byte where all of it is there, attestations included", () => {
    expect(keeps(indexImages(children))).toBe(true);
    expect(keeps(indexImages(children, { attestations }))).toBe(true);
  });

  test("a bare arm in it is arm/v7", () => {
    const arm = buildImage({ config: "linux/arm", manifest: "oci", claimed: "linux/arm" });
    expect(keeps(indexImages([arm]))).toBe(true);
  });

  test.each([
    { title: "it is not complete", images: indexImages(children, { complete: false }) },
    {
      title: "it lists a child twice",
      images: indexImages(children, { absent: [buildArtifact("x").manifest.descriptor] }),
    },
    {
      title: "a child of it is published elsewhere",
      images: indexImages(children).map((child, i) => (i ? { ...child, names: ["a:1"] } : child)),
    },
    {
      title: "another image joins it",
      images: [...indexImages(children), buildImage({ config: "linux/s390x" })],
    },
    {
      title: "attestations are dropped",
      images: indexImages(children, { attestations }),
      spec: { dropAttestations: true },
    },
    {
      title: "a platform in it is outvoted",
      images: indexImages([buildImage({ machine: "arm64", manifest: "oci", claimed: "linux/amd64" })]),
    },
    {
      title: "a config is repaired",
      images: indexImages([buildImage({ machine: "arm64", manifest: "oci", claimed: "linux/arm64" })]),
      spec: { fixConfig: "always" as const },
    },
  ])("is built anew where $title", ({ images, spec = {} }) => {
    expect(keeps(images, spec)).toBe(false);
  });
});

describe("artifacts", () => {
  const signature = `sha256-${"a".repeat(64)}.sig`;
  const artifacts = [
    { ...buildArtifact("signature"), names: [`rancher/pause:${signature}`, "quay.io/x/y:v1"] },
    { ...buildArtifact("chart"), names: [`a@sha256:${"a".repeat(64)}`] },
  ];
  const sources = [give("amd64", [image("amd64")], { artifacts })];
  const targets = (spec: PlanSpec = {}): string[] =>
    planLoad(sources, planOptions(spec)).artifacts.map(({ target }) => formatTarget(target));

  test("are carried to their own tags, without a list", () => {
    expect(targets()).toEqual([`rancher/pause:${signature}`, "x/y:v1"]);
    expect(targets({ prefix: "k3s" })).toEqual([`k3s/rancher/pause:${signature}`, "k3s/x/y:v1"]);
  });

  test("an image list names them or leaves them out", () => {
    expect(targets({ imageList: [tag3] })).toEqual([]);
  });
});

function keeps(images: readonly SourceImage[], spec: PlanSpec = {}): boolean {
  const { lists } = planLoad([give("", images)], planOptions(spec));
  return lists.every(({ verbatim }) => verbatim !== undefined);
}
