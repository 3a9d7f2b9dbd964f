import { describe, expect, test } from "vitest";
import { expandTemplate } from "../../../src/cli/push-spec/expand-template.ts";
import { formatPlatform } from "../../../src/oci/platform.ts";

describe("expandTemplate", () => {
  const base = { target: "host:5000/app:1", tags: [], annotations: [] };

  test.each([
    { template: "host:5000/app:1-ARCH", names: ["amd64", "arm", "arm64"] },
    { template: "host:5000/app:1-ARCHVARIANT", names: ["amd64", "armv7", "arm64v8"] },
    { template: "host:5000/app:1-OS-ARCH", names: ["linux-amd64", "linux-arm", "linux-arm64"] },
  ])("$template", ({ template, names }) => {
    const platforms = ["linux/amd64", "linux/arm/v7", "linux/arm64/v8"];
    const { manifests } = expandTemplate({ ...base, template, platforms });
    expect(manifests.map(({ image }) => image.tag)).toEqual(names.map((name) => `1-${name}`));
    expect(manifests.map(({ platform }) => platform && formatPlatform(platform))).toEqual([
      "linux/amd64",
      "linux/arm/v7",
      "linux/arm64",
    ]);
  });

  test("takes tags and annotations, and refuses what are none", () => {
    const args = { ...base, template: "a:ARCH", platforms: ["amd64"] };
    expect(expandTemplate({ ...args, tags: ["2"], annotations: ["a=b=c"] })).toMatchObject({
      tags: ["2"],
      annotations: new Map([["a", "b=c"]]),
    });
    for (const wrong of [{ tags: ["a b"] }, { annotations: ["a"] }]) {
      expect(() => expandTemplate({ ...args, ...wrong })).toThrow(
        expect.objectContaining({ code: "SPEC_INVALID" }),
      );
    }
  });
});
