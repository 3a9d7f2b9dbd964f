import { describe, expect, test } from "vitest";
import { matchPlatforms } from "../../src/oci/match-platforms.ts";
import { formatPlatform, parsePlatform } from "../../src/oci/platform.ts";

describe("matchPlatforms", () => {
  test.each([
    { wish: "linux/arm64", offered: "linux/amd64 linux/arm64", found: "linux/arm64" },
    { wish: "linux/arm64/v8", offered: "linux/arm64", found: "linux/arm64" },
    { wish: "linux/arm", offered: "linux/arm/v6 linux/arm/v7", found: "linux/arm/v7" },
    { wish: "linux/arm", offered: "linux/arm linux/arm/v6", found: "linux/arm" },
    { wish: "linux/arm", offered: "linux/arm/v5 linux/arm/v6", found: "linux/arm/v6" },
    { wish: "linux/arm/v7", offered: "linux/arm", found: "linux/arm" },
    { wish: "linux/arm/v6", offered: "linux/arm linux/arm/v7", found: "" },
    { wish: "linux/amd64", offered: "linux/amd64/v3", found: "" },
    { wish: "linux/amd64/v3", offered: "linux/amd64 linux/amd64/v3", found: "linux/amd64/v3" },
    {
      wish: "windows/amd64",
      offered: "linux/amd64 windows(10.0.17763.1)/amd64 windows(10.0.20348.2)/amd64",
      found: "windows(10.0.17763.1)/amd64 windows(10.0.20348.2)/amd64",
    },
    {
      wish: "windows(10.0.20348.2)/amd64",
      offered: "windows(10.0.17763.1)/amd64 windows(10.0.20348.2)/amd64",
      found: "windows(10.0.20348.2)/amd64",
    },
    { wish: "linux/s390x", offered: "linux/amd64", found: "" },
  ])("$wish of $offered is $found", ({ wish, offered, found }) => {
    const items = offered.split(" ").map((text) => ({ platform: parsePlatform(text) }));
    const matches = matchPlatforms(parsePlatform(wish), items);
    expect(matches.map(({ platform }) => formatPlatform(platform)).join(" ")).toBe(found);
  });
});
