import { describe, expect, test } from "vitest";
import { parsePlatform } from "../../src/oci/platform.ts";
import { buildArchTag, defaultArchTag } from "../../src/oci/arch-tag.ts";

describe("the tag of one platform", () => {
  test.each([
    ["linux/amd64", "1.36-amd64"],
    ["linux/amd64/v3", "1.36-amd64-v3"],
    ["linux/arm64", "1.36-arm64"],
    ["linux/arm64/v9", "1.36-arm64-v9"],
    ["linux/arm/v7", "1.36-arm"],
    ["linux/arm/v6", "1.36-arm-v6"],
    ["linux/arm/v5", "1.36-arm-v5"],
    ["linux/386", "1.36-386"],
    ["linux/riscv64", "1.36-riscv64"],
    ["windows/amd64", "1.36-windows-amd64"],
    ["windows(10.0.17763.1697)/amd64", "1.36-windows-amd64-10.0.17763.1697"],
    ["freebsd/arm64", "1.36-freebsd-arm64"],
  ])("%s has %s", (platform, tag) => {
    expect(buildArchTag(defaultArchTag, "1.36", parsePlatform(platform))).toBe(tag);
  });

  test.each([
    ["{arch}-{tag}", "linux/arm64", "arm64-1.36"],
    ["{tag}_{platform}", "linux/arm/v6", "1.36_arm-v6"],
    ["{tag}-{arch}{variant}", "linux/arm/v7", "1.36-armv7"],
    ["{tag}-{arch}{variant}", "linux/arm64", "1.36-arm64"],
    ["{tag}-{os}-{arch}-{osversion}", "windows(10.0.1)/amd64", "1.36-windows-amd64-10.0.1"],
    ["fixed", "linux/amd64", "fixed"],
  ])("the template %s for %s gives %s", (template, platform, tag) => {
    expect(buildArchTag(template, "1.36", parsePlatform(platform))).toBe(tag);
  });

  test.each([
    ["{tag}-{architecture}", "1"],
    ["{tag}/{arch}", "1"],
    ["-{tag}", "1"],
    ["", "1"],
    ["{tag}-\u{1b}", "1"],
  ])("the template %j for the tag %s is refused", (template, tag) => {
    expect(() => buildArchTag(template, tag, parsePlatform("linux/amd64"))).toThrow(
      expect.objectContaining({
        code: "ARCH_TAG_INVALID",
        exitCode: 64,
        hint: expect.stringContaining("--no-arch-tags"),
      }),
    );
  });

  test("there is none where it would be longer than a tag", () => {
    expect(buildArchTag(defaultArchTag, "t".repeat(123), parsePlatform("linux/amd64"))).toBeUndefined();
  });

  test("a tag of 128 characters is the longest", () => {
    expect(buildArchTag(defaultArchTag, "t".repeat(122), parsePlatform("linux/amd64"))).toHaveLength(128);
  });
});
