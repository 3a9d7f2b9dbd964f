import { AirgapError } from "./airgap-error.ts";
import { asArray, asObject, asOptionalString, asString } from "./json.ts";
import { isPrintable, printable } from "./printable.ts";

/** The platform that an image is for, in the words of Go (image-spec, image-index.md#platform-variants). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

/** What container runtimes ask for (go tool dist list); an image for another is pulled by none. */
const architectures: ReadonlySet<string> = new Set(
  "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x sparc64 wasm".split(
    " ",
  ),
);

export function isKnownArchitecture(architecture: string): boolean {
  return architectures.has(architecture);
}

/** For an image of which nobody says whom it is for. */
export const unknownPlatform: Platform = { os: "", architecture: "" };

const architectureAliases = new Map([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["i386", "386"],
  ["i486", "386"],
  ["i586", "386"],
  ["i686", "386"],
  ["aarch64", "arm64"],
]);

const armAliases = new Map([
  ["armhf", "v7"],
  ["armv7", "v7"],
  ["armv7l", "v7"],
  ["armel", "v6"],
  ["armv6", "v6"],
  ["armv6l", "v6"],
  ["armv5", "v5"],
]);

/**
 * One spelling per platform, as containerd's `platforms.Normalize` has it: aliases resolved, lower case, amd64's v1 and
 * arm64's v8 dropped, `7` made `v7`. A missing arm variant stays missing: that it means v7 is the caller's to say (decision 2).
 */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase() === "macos" ? "darwin" : platform.os.toLowerCase();
  const spelled = platform.architecture.toLowerCase();
  const architecture = armAliases.has(spelled) ? "arm" : (architectureAliases.get(spelled) ?? spelled);
  const variant = normalizeVariant(architecture, platform.variant ?? armAliases.get(spelled) ?? "");
  return {
    os,
    architecture,
    ...(variant === "" ? {} : { variant }),
    ...(platform.osVersion ? { osVersion: platform.osVersion } : {}),
    ...(platform.osFeatures?.length ? { osFeatures: [...platform.osFeatures].sort() } : {}),
  };
}

/** The same with the variant as it is written: a list that says arm64's v8 says it for somebody who looks. */
export function spellPlatform(platform: Platform): Platform {
  const { variant } = platform;
  return { ...normalizePlatform(platform), ...(variant ? { variant } : {}) };
}

function normalizeVariant(architecture: string, variant: string): string {
  const spelled = variant.toLowerCase();
  const named = /^\d/.test(spelled) ? `v${spelled}` : spelled;
  if (architecture === "arm64") return ["v8", "v8.0"].includes(named) ? "" : named.replace(/^v9\.0$/, "v9");
  if (architecture === "amd64") return named === "v1" ? "" : named;
  return named;
}

/** Reads `linux/arm/v7`, `arm64` (linux is meant) or `windows(10.0.17763.1)/amd64`; throws `PLATFORM_INVALID`. */
export function parsePlatform(text: string): Platform {
  const match = /^(?:([a-z0-9_]+)(?:\(([\w.-]+)\))?\/)?([\w.-]+)(?:\/([\w.-]+))?$/i.exec(text);
  if (!match || isMisplaced(match)) {
    throw new AirgapError(
      "PLATFORM_INVALID",
      `Cannot read platform "${printable(text)}": want os/architecture or os/architecture/variant`,
      { exit: "usage", hint: "For example linux/amd64, linux/arm64 or linux/arm/v7." },
    );
  }
  const [, os = "linux", osVersion, architecture = "", variant] = match;
  return normalizePlatform({
    os,
    architecture,
    ...(osVersion ? { osVersion } : {}),
    ...(variant ? { variant } : {}),
  });
}

/** `linux` and `arm/v7` fit the grammar too, as an architecture and as an operating system: nobody means that. */
function isMisplaced([, os, , architecture = "", variant]: RegExpExecArray): boolean {
  if (os === undefined) {
    return variant !== undefined || /^(?:linux|windows|darwin|freebsd)$/i.test(architecture);
  }
  return variant === undefined && /^v\d/i.test(architecture);
}

/** The platform of a descriptor in an index, or undefined where it has none; attestations carry `unknown/unknown`. Throws `PLATFORM_INVALID`. */
export function parsePlatformObject(value: unknown, what: string): Platform | undefined {
  if (value === null || value === undefined) return undefined;
  const object = asObject(value, what);
  const word = (key: string): string => parseWord(object.get(key), `${what}.${key}`);
  const variant = word("variant");
  const osVersion = word("os.version");
  const osFeatures = asArray(object.get("os.features"), `${what}.os.features`).map((item) =>
    parseWord(asString(item, `${what}.os.features`), `${what}.os.features`),
  );
  return {
    os: word("os"),
    architecture: word("architecture"),
    ...(variant ? { variant } : {}),
    ...(osVersion ? { osVersion } : {}),
    ...(osFeatures.length ? { osFeatures } : {}),
  };
}

/** A platform's words go into tags, tables and commands to paste: what cannot be shown as it is belongs to no platform. */
function parseWord(value: unknown, what: string): string {
  const word = asOptionalString(value, what) ?? "";
  if (isPrintable(word)) return word;
  throw new AirgapError(
    "PLATFORM_INVALID",
    `Cannot read ${what}: "${printable(word)}" is no word of a platform`,
  );
}

/** The platform as it stands in an index's JSON, keys in the specification's order. */
export function platformToJson(platform: Platform): Record<string, unknown> {
  return {
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.osVersion ? { "os.version": platform.osVersion } : {}),
    ...(platform.osFeatures?.length ? { "os.features": platform.osFeatures } : {}),
    ...(platform.variant ? { variant: platform.variant } : {}),
  };
}

/** `linux/arm/v7`, or `windows(10.0.17763.1)/amd64`: for people, and what {@link parsePlatform} reads. */
export function formatPlatform(platform: Platform): string {
  const os = platform.osVersion ? `${platform.os}(${platform.osVersion})` : platform.os;
  return [os, platform.architecture, ...(platform.variant ? [platform.variant] : [])].join("/");
}

/** Equal for two platforms that a puller cannot tell apart: a list holds each key once. */
export function platformKey(platform: Platform): string {
  const normal = normalizePlatform(platform);
  const variant = normal.architecture === "arm" ? (normal.variant ?? "v7") : (normal.variant ?? "");
  return JSON.stringify([
    normal.os,
    normal.architecture,
    variant,
    normal.osVersion ?? "",
    normal.osFeatures ?? [],
  ]);
}

const architectureOrder = ["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64"];

/**
 * The order of a list's entries: the platforms most clients mean first, the highest variant first, since old clients
 * take the first entry that fits (image-spec, image-index.md; moby#37647).
 */
export function comparePlatforms(a: Platform, b: Platform): number {
  return (
    Number(a.os !== "linux") - Number(b.os !== "linux") ||
    compareText(a.os, b.os) ||
    architectureRank(a) - architectureRank(b) ||
    compareText(a.architecture, b.architecture) ||
    compareText(variantRank(b), variantRank(a)) ||
    compareVersions(b.osVersion ?? "", a.osVersion ?? "") ||
    compareText(platformKey(a), platformKey(b))
  );
}

function architectureRank(platform: Platform): number {
  const index = architectureOrder.indexOf(platform.architecture);
  return index === -1 ? architectureOrder.length : index;
}

function variantRank(platform: Platform): string {
  if (platform.variant) return platform.variant;
  return platform.architecture === "arm" ? "v7" : "";
}

function compareVersions(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = Number(left[i] ?? -1) - Number(right[i] ?? -1);
    if (difference) return difference;
  }
  return compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
