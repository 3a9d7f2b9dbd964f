import { describe, expect, test } from "vitest";
import { formatReference, parseReference } from "../../../src/oci/reference.ts";
import { foldName } from "../../../src/transfer/plan/fold-arch.ts";
import { buildImage } from "../../helpers/archives/source-image.ts";
import { give, image, plan, refusal } from "../../helpers/summarize-plan.ts";

describe("a name without its architecture", () => {
  test.each([
    ["registry.k8s.io/kube-apiserver-amd64:v1.30.0", "amd64", "registry.k8s.io/kube-apiserver:v1.30.0"],
    ["registry.k8s.io/pause-linux-arm64:3.9", "arm64", "registry.k8s.io/pause:3.9"],
    ["quay.io/a/b:v1-linux-ppc64le", "ppc64le", "quay.io/a/b:v1"],
    ["quay.io/a/b:v1_x86_64", "amd64", "quay.io/a/b:v1"],
    ["quay.io/a/b_aarch64:v1-arm64v8", "arm64", "quay.io/a/b:v1"],
    ["quay.io/a/b-arm:v1", "arm", "quay.io/a/b:v1"],
    ["quay.io/a/b:v1-armv6", "arm", "quay.io/a/b:v1"],
    ["quay.io/a/b-arm-v7:v1", "arm", "quay.io/a/b:v1"],
    ["quay.io/a/qemu-arm64:v1", "amd64", "quay.io/a/qemu-arm64:v1"],
    ["quay.io/a/charm:v1", "arm", "quay.io/a/charm:v1"],
    ["quay.io/arm64/b:amd64", "amd64", "quay.io/arm64/b:amd64"],
  ])("%s for %s", (name, architecture, folded) => {
    expect(formatReference(foldName(parseReference(name), architecture))).toBe(folded);
  });
});

const archives = [
  give("", [image("amd64", "registry.k8s.io/kube-proxy-amd64:v1")], { title: "one.tar" }),
  give("", [image("arm64", "registry.k8s.io/kube-proxy-arm64:v1")], { title: "two.tar" }),
];

describe("--fold-arch", () => {
  test("makes one image of them; without it that is proposed", () => {
    expect(plan(archives, { foldArch: true })).toEqual({
      lists: ["kube-proxy:v1: linux/amd64 linux/arm64"],
      warnings: [],
    });
    const { lists, warnings } = plan(archives);
    expect(lists).toHaveLength(2);
    expect(warnings).toContain(
      "note registry.k8s.io/kube-proxy-amd64:v1 and registry.k8s.io/kube-proxy-arm64:v1 have their architecture in their names: --fold-arch makes one image of them",
    );
  });

  test("finds the names of an image list, with their architecture or without", () => {
    for (const imageList of [
      ["registry.k8s.io/kube-proxy:v1"],
      ["registry.k8s.io/kube-proxy-amd64:v1", "registry.k8s.io/kube-proxy-arm64:v1"],
    ]) {
      expect(plan(archives, { foldArch: true, imageList }).lists).toEqual([
        "kube-proxy:v1: linux/amd64 linux/arm64",
      ]);
    }
  });

  test("leaves a name that a rule is about to that rule, and takes rules for the name that it makes", () => {
    const renames = ["registry.k8s.io/kube-proxy-arm64=arm/proxy", "registry.k8s.io/kube-proxy=site/proxy"];
    expect(plan(archives, { foldArch: true, renames })).toEqual({
      lists: ["arm/proxy:v1: linux/arm64 / linux/amd64", "site/proxy:v1: linux/amd64 / linux/arm64"],
      warnings: expect.not.arrayContaining([expect.stringContaining("--rename")]),
    });
  });

  test("finds two images for one platform", () => {
    const other = give("", [
      buildImage({ names: ["registry.k8s.io/kube-proxy-linux-amd64:v1"], salt: "other" }),
    ]);
    expect(refusal([...archives, other], { foldArch: true })).toMatchObject({ code: "DUPLICATE_PLATFORM" });
  });
});

describe("two names for one target", () => {
  const renames = [
    "registry.k8s.io/kube-proxy-amd64=k8s/proxy",
    "registry.k8s.io/kube-proxy-arm64=k8s/proxy",
  ];

  test("of different platforms are one image where rules for the very names ask for it", () => {
    expect(plan(archives, { renames }).lists).toEqual(["k8s/proxy:v1: linux/amd64 linux/arm64"]);
    const third = give("", [image("arm64", "k8s/proxy:v1")]);
    const [amd64] = archives;
    expect(plan([amd64!, third], { renames: renames.slice(0, 1) }).lists).toEqual([
      "k8s/proxy:v1: linux/amd64 linux/arm64",
    ]);
  });

  test("are a collision where only prefixes say so, which the rule that is proposed settles", () => {
    const same = [
      give("", [image("amd64", "a.io/app:1")], { title: "one.tar" }),
      give("", [image("arm64", "b.io/app:1")], { title: "two.tar" }),
    ];
    const proposed = "b.io/app=app";
    expect(
      refusal(same, { renames: ["a.io/*=*", "b.io/*=*"].map((rule) => rule.replace("=*", "=x/*")) }),
    ).toMatchObject({
      code: "NAME_COLLISION",
      message: expect.stringContaining(
        "for different platforms: --rename b.io/app=x/app makes one image of them",
      ),
    });
    expect(refusal(same)).toMatchObject({
      message: expect.stringContaining(`--rename ${proposed} makes one`),
    });
    expect(plan(same, { renames: [proposed] }).lists).toEqual(["app:1: linux/amd64 linux/arm64"]);
  });

  test("where one has a part of the other's images are one image", () => {
    const whole = [image("amd64", "registry.k8s.io/a/b:1"), image("arm64", "registry.k8s.io/a/b:1")];
    const part = image("amd64", "a/b:1");
    expect(plan([give("", [...whole, part])]).lists).toEqual(["a/b:1: linux/amd64 linux/arm64"]);
  });
});
