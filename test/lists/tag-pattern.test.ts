import { describe, expect, test } from "vitest";
import { parseTagPattern, selectTags } from "../../src/lists/tag-pattern.ts";

const signature = `sha256-${"a".repeat(64)}.sig`;
const referrers = `sha256-${"b".repeat(64)}`;
const tags = [
  "latest",
  "edge",
  "v1.2.0",
  "v1.2.0-amd64",
  "v1.2.0-linux-arm64",
  "v1.2.0-arm-v6",
  "v1.10.1",
  "v1.10.1-rc1",
  "v1.10.1_k3s1",
  "v2.0.0",
  "v2.0.0-windows-ltsc2022",
  "1.36",
  "1.36-alpine",
  "only-amd64",
  signature,
  referrers,
];

function select(text: string, newest?: number): string[] {
  const pattern = parseTagPattern(text);
  if (!pattern) throw new Error(`${text} is no pattern`);
  return selectTags(pattern, tags, newest);
}

describe("patterns of tags", () => {
  test.each([
    ["app:v1.*", ["v1.10.1_k3s1", "v1.10.1", "v1.10.1-rc1", "v1.2.0"]],
    ["app:v?.0.0", ["v2.0.0"]],
    ["app:/^v1\\.10/", ["v1.10.1_k3s1", "v1.10.1", "v1.10.1-rc1"]],
    ["app:^1.2", ["1.36", "v1.10.1_k3s1", "v1.10.1", "v1.2.0"]],
    ["app:>=1.3,<2", ["1.36", "v1.10.1_k3s1", "v1.10.1"]],
    ["app:~1.36", ["1.36"]],
    ["app:>=3", []],
  ])("%s means versions, the newest first", (text, wanted) => {
    expect(select(text)).toEqual(wanted);
  });

  test("* means all but tags of single architectures, signatures and lists of referrers", () => {
    const beside = ["v1.2.0-amd64", "v1.2.0-linux-arm64", "v1.2.0-arm-v6", "v2.0.0-windows-ltsc2022"];

    expect(new Set(select("app:*"))).toEqual(
      new Set(tags.filter((tag) => ![...beside, signature, referrers].includes(tag))),
    );
  });

  test("the newest are so many versions, and what is none only after them", () => {
    expect(select("app:*", 2)).toEqual(["v2.0.0", "1.36"]);
    expect(select("app:/^[a-z]+$/", 1)).toEqual(["latest"]);
  });

  test.each([
    ["host:5000/a/b:*", "host:5000/a/b"],
    ["a/b:/x/y:z/", "a/b"],
    ["app:^1", "app"],
  ])("%s is about %s", (text, name) => {
    expect(parseTagPattern(text)?.name).toBe(name);
  });

  test.each([
    "app",
    "app:1.0",
    "host:5000/app",
    "app@sha256:" + "a".repeat(64),
    "app:1.0@sha256:x",
    "app:",
    "a b",
  ])("%s is no pattern", (text) => {
    expect(parseTagPattern(text)).toBeUndefined();
  });

  test.each([
    ["app:/(/", "no regular expression"],
    ["app:>=1.x.y.z", "no range of versions"],
  ])("%s is an error", (text, why) => {
    expect(() => parseTagPattern(text)).toThrow(
      expect.objectContaining({
        code: "TAG_PATTERN_INVALID",
        message: expect.stringContaining(why) as string,
      }),
    );
  });
});
