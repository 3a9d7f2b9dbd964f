import { describe, expect, test } from "vitest";
import type { SourceImage } from "../../../src/content/image-source.ts";
import { planLoad } from "../../helpers/plan-load.ts";
import { formatTarget } from "../../../src/transfer/report/target-name.ts";
import { planOptions, type PlanSpec } from "../../helpers/plan-options.ts";
import { buildArtifact, buildImage, indexImages } from "../../helpers/archives/source-image.ts";
import { give, image, plan, refusal } from "../../helpers/summarize-plan.ts";

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

  test("what was probably meant is told: another tag of the image, or a name without the slip", () => {
    for (const name of ["rancher/pause:3.2", "rancher/puase:3.1"]) {
      expect(refusal([give("amd64", [image("amd64")])], { imageList: [name] })).toMatchObject({
        message: `Cannot publish these archives: ${name} is on the image list and not in amd64.tar, which has rancher/pause:3.1`,
      });
    }
  });

  test("a name that an archive lacks is refused, all at once, unless --allow-missing", () => {
    const imageList = [tag3, "a:1", "c:1"];
    expect(refusal(archives, { imageList })).toEqual({
      code: "IMAGE_MISSING",
      exit: 65,
      message: `Cannot publish these archives, for 2 reasons:
  - 2 names of the image list are not in arm64.tar
    - a:1
    - c:1
  - c:1 is on the image list and not in amd64.tar`,
      hint: "If you know better, settle it with:\n  --allow-missing",
    });
    const { lists, warnings } = plan(archives, { imageList, allowMissing: true });
    expect(lists).toEqual(["library/a:1: linux/amd64 / linux/arm64", `${tag3}: linux/amd64 linux/arm64`]);
    expect(warnings).toContain("warning c:1: is on the image list and not in amd64.tar");
  });

  test("names that archives lack are told with the file and the line that have them", () => {
    const listedAt = new Map([
      ["c:1", "list.txt line 1"],
      ["rancher/puase:3.1", "list.txt line 2"],
    ]);
    const sources = [give("amd64", [image("amd64")])];
    const imageList = [...listedAt.keys()];
    expect(refusal(sources, { imageList, listedAt })).toMatchObject({
      message: `Cannot publish these archives: 2 names of the image list are not in amd64.tar
  - c:1 (list.txt line 1)
  - rancher/puase:3.1 (list.txt line 2): there is rancher/pause:3.1`,
    });
    expect(plan(sources, { imageList, listedAt, allowMissing: true }).warnings).toEqual([
      "warning c:1 (list.txt line 1): is on the image list and not in amd64.tar",
      "warning rancher/puase:3.1 (list.txt line 2), for which rancher/pause:3.1 may be meant: is on the image list and not in amd64.tar",
    ]);
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
    {
      title: "it lists what is not there",
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
    expect(targets({ imageList: [tag3, "quay.io/x/y:v1"] })).toEqual(["x/y:v1"]);
  });

  test("one that is in several archives is carried once, two different ones are refused", () => {
    const twice = [...sources, give("arm64", [image("arm64")], { artifacts })];
    expect(planLoad(twice, planOptions()).artifacts).toHaveLength(2);
    const other = { ...buildArtifact("another"), names: [`rancher/pause:${signature}`] };
    expect(refusal([...sources, give("arm64", [image("arm64")], { artifacts: [other] })])).toMatchObject({
      code: "TAG_COLLISION",
      message: expect.stringMatching(/pause:sha256-a+\.sig is needed twice: for the artifact .* and for the/),
    });
  });

  test("its tag must not be that of a list or of a list's image", () => {
    expect(refuseArtifact(tag3)).toMatchObject({
      code: "TAG_COLLISION",
      message: expect.stringContaining("for the list rancher/pause:3.1 and for the artifact"),
    });
    expect(refuseArtifact(`${tag3}-amd64`)).toMatchObject({
      hint: expect.stringContaining("--arch-tag '{tag}_{platform}'"),
    });
  });
});

describe("options that fit no image", () => {
  const given = [give("amd64", [image("amd64"), image("amd64", "quay.io/a/b:1")])];
  const unused = (spec: PlanSpec): string[] => plan(given, spec).warnings;

  test("are told, each of them, so that --strict does not publish", () => {
    const spec: PlanSpec = {
      imagePlatforms: { "rancher/pause:3.2": "linux/arm64", "0123456789ab": "linux/arm/v6" },
      names: { ba9876543210: "docker.io/tools/a:1" },
      renames: ["gcr.io/*=gcr/*", "quay.io/*=quay/*", "quay.io/a/*=never/*"],
    };
    expect(unused(spec)).toEqual([
      "warning --image-platform docker.io/rancher/pause:3.2=linux/arm64 fits no image of these archives",
      "warning --image-platform 0123456789ab=linux/arm/v6 fits no image of these archives",
      "warning --name ba9876543210=docker.io/tools/a:1 fits no image of these archives",
      "warning --rename gcr.io/*=gcr/* changes the name of no image",
      "warning --rename quay.io/a/*=never/* changes the name of no image",
    ]);
  });

  test("are those that are used by nothing, not those that an image list makes idle", () => {
    const spec: PlanSpec = {
      imagePlatforms: { "quay.io/a/b:1": "linux/amd64" },
      renames: ["quay.io/*=quay/*"],
    };
    expect(unused(spec)).toEqual([]);
    expect(unused({ ...spec, imageList: [tag3] })).toEqual([]);
  });

  test("a name that --name gives can be renamed", () => {
    const untagged = buildImage({ names: [] });
    const id = untagged.config.digest.slice(7, 19);
    const spec = { names: { [id]: "quay.io/tools/a:1" }, renames: ["quay.io/*=quay/*"] };
    expect(plan([give("amd64", [untagged])], spec)).toEqual({
      lists: ["quay/tools/a:1: linux/amd64"],
      warnings: [],
    });
  });
});

describe("a run that would publish nothing", () => {
  test("is refused, with the option that names what has no name", () => {
    const untagged = buildImage({ names: [] });
    const id = untagged.config.digest.slice(7, 19);
    expect(refusal([give("amd64", [untagged])])).toMatchObject({
      code: "NOTHING_TO_PUBLISH",
      exit: 65,
      message: `Cannot publish these archives: skipped image ${id} in amd64.tar, which has no name: name it with --name ${id}=NAME`,
    });
    expect(refusal([give("amd64", [])])).toMatchObject({ code: "NOTHING_TO_PUBLISH" });
    expect(refusal([give("amd64", [image("amd64")])], { imageList: [] })).toMatchObject({
      code: "NOTHING_TO_PUBLISH",
      message: expect.stringContaining("they hold no image that is to be published"),
    });
  });

  test("is what --allow-missing allows", () => {
    const spec = { imageList: ["c:1"], allowMissing: true };
    expect(plan([give("amd64", [image("amd64")])], spec)).toEqual({
      lists: [],
      warnings: ["warning c:1: is on the image list and not in amd64.tar"],
    });
  });
});

function keeps(images: readonly SourceImage[], spec: PlanSpec = {}): boolean {
  const { lists } = planLoad([give("", images)], planOptions(spec));
  return lists.every(({ verbatim }) => verbatim?.absent.length === 0);
}

function refuseArtifact(name: string): unknown {
  return refusal([
    give("amd64", [image("amd64")], { artifacts: [{ ...buildArtifact("x"), names: [name] }] }),
  ]);
}
