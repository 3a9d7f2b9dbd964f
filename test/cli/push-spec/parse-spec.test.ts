import { describe, expect, test } from "vitest";
import { parseSpec } from "../../../src/cli/push-spec/parse-spec.ts";
import { summarizeSpec } from "../../helpers/summarize-spec.ts";

describe("parseSpec", () => {
  test("reads what manifest-tool's documentation shows", () => {
    const text = `
image: myprivreg:5000/someimage:latest
tags: ["1.0.0", "1.0", 1.10]
annotations: { org.opencontainers.image.title: some }
manifests:
  - image: myprivreg:5000/someimage:ppc64le
    platform:
      architecture: ppc64le
      os: linux
  - image: myprivreg:5000/someimage:amd64
    platform:
      architecture: amd64
      features: [sse]
      os: linux
  - image: myprivreg:5000/someimage:arm64
    platform: { architecture: arm64, os: linux, variant: v8 }
  - image: myprivreg:5000/someimage:windows
    platform: { architecture: amd64, os: windows, os.version: "10.0.14393.1066", os.features: [win32k] }
`;
    const [list, ...others] = parseSpec(text, "list.yaml");
    if (!list) throw new Error("no list");
    expect(others).toEqual([]);
    expect(summarizeSpec(list)).toBe(
      "myprivreg:5000/someimage:latest 1.0.0 1.0 1.10: myprivreg:5000/someimage:ppc64le linux/ppc64le, " +
        "myprivreg:5000/someimage:amd64 linux/amd64, myprivreg:5000/someimage:arm64 linux/arm64/v8, " +
        "myprivreg:5000/someimage:windows windows(10.0.14393.1066)/amd64",
    );
    expect(list.annotations).toEqual(new Map([["org.opencontainers.image.title", "some"]]));
    expect(list.manifests[3]?.platform?.osFeatures).toEqual(["win32k"]);
  });

  test("reads several documents, and images whose platform is left to their config", () => {
    const text =
      "image: a:1\ntags:\nmanifests:\n- image: a:x\n  platform:\n---\nimage: b:1\nmanifests: [{ image: b:x }]\n---\n";
    expect(parseSpec(text, "list.yaml").map(summarizeSpec)).toEqual([
      "docker.io/library/a:1 : docker.io/library/a:x",
      "docker.io/library/b:1 : docker.io/library/b:x",
    ]);
  });

  test("says in one line where the YAML is none", () => {
    const message = "Cannot read the description of a list: Map keys must be unique at line 2, column 1";
    expect(() => parseSpec("image: a\nimage: b", "list.yaml")).toThrow(expect.objectContaining({ message }));
  });

  test.each([
    ["", "SPEC_INVALID"],
    ["---\n# nothing\n---\n", "SPEC_INVALID"],
    ["image: [a", "SPEC_INVALID"],
    ["- image: a", "SPEC_INVALID"],
    ["image: a:1", "SPEC_INVALID"],
    ["image: a:1\nmanifests: []", "SPEC_INVALID"],
    ["image: a:1\nmanifests: [{ platform: { os: linux, architecture: arm } }]", "SPEC_INVALID"],
    ["image: a:1\nmanifests: [{ image: a:x, platform: { os: linux } }]", "SPEC_INVALID"],
    ["image: a:1\ntags: ['no tag']\nmanifests: [{ image: a:x }]", "SPEC_INVALID"],
    ["image: A:1\nmanifests: [{ image: a:x }]", "REFERENCE_INVALID"],
  ])("%j is refused", (text, code) => {
    expect(() => parseSpec(text, "list.yaml")).toThrow(expect.objectContaining({ code, exit: "usage" }));
  });
});
