import { normalizePlatform, type Platform } from "./platform.ts";

/**
 * Which of the platforms on offer a wish names. Without a variant the best is meant that every machine of the
 * architecture runs, for arm the highest (containerd, platforms/compare.go); without an OS version all of them are.
 */
export function matchPlatforms<T extends { readonly platform: Platform }>(
  wish: Platform,
  offered: readonly T[],
): T[] {
  const wanted = normalizePlatform(wish);
  const fitting = offered.filter(({ platform }) => {
    const { os, architecture, osVersion } = normalizePlatform(platform);
    const isVersion = wanted.osVersion === undefined || wanted.osVersion === osVersion;
    return os === wanted.os && architecture === wanted.architecture && isVersion;
  });
  for (const variant of wanted.variant === undefined ? usualVariants(wanted) : [wanted.variant]) {
    const matches = fitting.filter(({ platform }) => variantOf(platform) === variant);
    if (matches.length > 0) return matches;
  }
  return [];
}

function usualVariants({ architecture }: Platform): readonly string[] {
  return architecture === "arm" ? ["v7", "v6", "v5"] : [""];
}

/** An image for arm without a variant is for v7 (decision 2). */
function variantOf(platform: Platform): string {
  const { architecture, variant } = normalizePlatform(platform);
  return variant ?? (architecture === "arm" ? "v7" : "");
}
