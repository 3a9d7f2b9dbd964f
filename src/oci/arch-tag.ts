import { AirgapError } from "./airgap-error.ts";
import { printable } from "./printable.ts";
import { isTag } from "./reference.ts";
import { formatPlatform, type Platform } from "./platform.ts";

/** The template of per-architecture tags unless `--arch-tag` gives another. */
export const defaultArchTag: string = "{tag}-{platform}";

const maxTagLength = 128;

/**
 * The tag under which a list's child is pushed, so that garbage collection which looks at tags keeps it: a fixed
 * function of the platform (decision 10). Undefined where it would be longer than a tag can be; throws `ARCH_TAG_INVALID`
 * where the template makes no tags.
 */
export function buildArchTag(template: string, tag: string, platform: Platform): string | undefined {
  const built = fillArchTag(template, tag, platform);
  if (isTag(built)) return built;
  if (isTag(built.slice(0, maxTagLength))) return undefined;
  throw new AirgapError(
    "ARCH_TAG_INVALID",
    `Cannot tag ${formatPlatform(platform)} of tag "${tag}": "${printable(built)}" is not a tag of at most 128 characters`,
    {
      exit: "usage",
      hint: "Give a shorter --arch-tag made of {tag}, {platform}, {os}, {arch}, {variant} and {osversion}, or use --no-arch-tags.",
    },
  );
}

/** What {@link buildArchTag} makes of a template, be it a tag or not. */
export function fillArchTag(template: string, tag: string, platform: Platform): string {
  const values = new Map([
    ["tag", tag],
    ["platform", platformSuffix(platform)],
    ["os", platform.os],
    ["arch", platform.architecture],
    ["variant", platform.variant ?? ""],
    ["osversion", platform.osVersion ?? ""],
  ]);
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => values.get(name) ?? placeholder);
}

/** `amd64`, `arm` for v7, `arm-v6`, `amd64-v3`, `windows-amd64-10.0.17763.1697`. */
function platformSuffix(platform: Platform): string {
  const variant = platform.architecture === "arm" && platform.variant === "v7" ? undefined : platform.variant;
  const parts = [
    platform.os === "linux" ? undefined : platform.os,
    platform.architecture,
    variant,
    platform.osVersion,
    ...(platform.osFeatures ?? []).map((feature) => feature.replace(/[^\w.-]/g, "-")),
  ];
  return parts.filter((part) => part !== undefined).join("-");
}
