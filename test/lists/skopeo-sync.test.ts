import { describe, expect, test } from "vitest";
import { isTagPattern } from "../../src/lists/tag-pattern.ts";
import { findImages } from "../../src/lists/find-images.ts";

const digest = `sha256:${"0".repeat(64)}`;

describe("the YAML of skopeo sync", () => {
  test("names images by registry, repository, and tag or digest", () => {
    const text = `registry.example.com:
  tls-verify: false
  images:
    team/app: ["1.0", "2.0"]
    redis: ["${digest}"]
quay.io:
  images:
    coreos/etcd: [latest]
`;
    const { images, unread } = findImages(text, "sync.yaml");
    expect(images.map(({ name }) => name)).toEqual([
      "registry.example.com/team/app:1.0",
      "registry.example.com/team/app:2.0",
      `registry.example.com/redis@${digest}`,
      "quay.io/coreos/etcd:latest",
    ]);
    expect(unread).toEqual([]);
  });

  test.each([
    ["no tag, which stands for all", "images: {app: []}", "app:*"],
    ["an expression", "images-by-tag-regex: {app: ^1}", "app:/^1/"],
    ["a range of versions", "images-by-semver: {app: '>= 1.0'}", "app:>= 1.0"],
    ["a version that could be a tag", "images-by-semver: {app: '1.0'}", "app:=1.0"],
  ])("with %s is a pattern of tags", (_what, line, pattern) => {
    const { images, unread } = findImages(`host:5000: {${line}}\n`, "sync.yaml");
    expect(images).toEqual([]);
    expect(unread.map(({ name }) => name)).toEqual([`host:5000/${pattern}`]);
    expect(isTagPattern(`host:5000/${pattern}`)).toBe(true);
  });

  test("with a tag that YAML has made a number of cannot be read", () => {
    const { unread } = findImages("host:5000: {images: {app: [1.10]}}\n", "sync.yaml");
    expect(unread.map(({ name }) => name)).toEqual(['host:5000/app:"1.1", which needs quotes']);
    expect(unread.map(({ name }) => isTagPattern(name))).toEqual([false]);
  });
});
