/** A platform for a table: `arm/v7` for `linux/arm/v7`, and in full where it is no linux. */
export function shortPlatform(platform: string): string {
  return platform.replace(/^linux\//, "");
}
