import { describe, expect, test } from "vitest";
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
    ["all tags", "images: {app: []}", /airgap-load tags host:5000\/app lists them/],
    ["a pattern", "images-by-tag-regex: {app: ^1}", /a pattern of skopeo's/],
    ["a pattern that could be a tag", "images-by-semver: {app: '1.0'}", /a pattern of skopeo's/],
    ["a tag that YAML has made a number of", "images: {app: [1.10]}", /images.app/],
  ])("with %s is told, with what to write instead", (_what, line, says) => {
    const { images, unread } = findImages(`host:5000: {${line}}\n`, "sync.yaml");
    expect(images).toEqual([]);
    expect(unread.map(({ where }) => where)).toEqual([expect.stringMatching(says)]);
  });
});
