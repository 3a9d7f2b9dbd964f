import semver from "semver";
import { AirgapError } from "../oci/airgap-error.ts";
import { isTag } from "../oci/reference.ts";
import { cosignSubject, isReferrersTag } from "../oci/subject-tags.ts";

/** Some of the tags of a repository. */
export interface TagPattern {
  /** As it was written: `app:1.*`. */
  readonly text: string;
  /** What stands in front of it, as a name without a tag: `app`. */
  readonly name: string;
  readonly fits: (tag: string) => boolean;
}

/** `[HOST[:PORT]/]PATH:REST`. */
const form = /^((?:[^\s/]+(?::\d+)?\/)?[^\s:@]+):(.+)$/s;

/**
 * Reads `app:1.*` (`*` and `?`), `app:/^v1\.\d+$/` (a regular expression) or `app:^1.2` (a range of versions as npm writes them,
 * with `,` for "and"). Undefined for a name of one image. Throws `TAG_PATTERN_INVALID`.
 */
export function parseTagPattern(text: string): TagPattern | undefined {
  const [, name, rest] = form.exec(text) ?? [];
  if (name === undefined || rest === undefined || isTag(rest) || rest.includes("@")) return undefined;
  const fits = readExpression(rest) ?? readRange(rest) ?? readGlob(rest);
  return fits && { text, name, fits };
}

/** Whether it is one. Throws as {@link parseTagPattern} does. */
export function isTagPattern(text: string): boolean {
  return parseTagPattern(text) !== undefined;
}

function readExpression(rest: string): TagPattern["fits"] | undefined {
  const [, source] = /^\/(.+)\/$/s.exec(rest) ?? [];
  if (source === undefined) return undefined;
  try {
    const expression = new RegExp(source);
    return (tag) => expression.test(tag);
  } catch (cause) {
    throw invalid(rest, "it is no regular expression", cause);
  }
}

function readRange(rest: string): TagPattern["fits"] | undefined {
  if (!/^[\^~<>=]/.test(rest)) return undefined;
  const range = semver.validRange(rest.replaceAll(",", " "));
  if (range === null) throw invalid(rest, "it is no range of versions");
  return (tag) => {
    const version = readVersion(tag);
    return version !== undefined && semver.satisfies(version, range);
  };
}

function readGlob(rest: string): TagPattern["fits"] | undefined {
  if (!/^[\w.*?-]+$/.test(rest)) return undefined;
  const source = rest.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "u");
  return (tag) => expression.test(tag);
}

/** `v1.2`, `1.36`, `1.2.3-rc1` and `1.2.3_k3s1` as versions; undefined for what is none. */
function readVersion(tag: string): semver.SemVer | undefined {
  const [, numbers, rest = ""] = /^v?(\d+(?:\.\d+){0,2})((?:[-+_].*)?)$/.exec(tag) ?? [];
  if (numbers === undefined) return undefined;
  const full = [...numbers.split("."), "0", "0"].slice(0, 3).join(".");
  return semver.parse(full + rest.replace(/_/, "+"), { loose: true }) ?? undefined;
}

/**
 * The tags that a pattern means, the newest versions first and what is no version behind them; `newest` of them, where that is
 * given. Tags of single architectures, signatures and lists of referrers are no versions and never meant.
 */
export function selectTags(
  { fits }: TagPattern,
  tags: readonly string[],
  newest: number = Number.POSITIVE_INFINITY,
): string[] {
  const all = new Set(tags);
  const meant = tags.filter((tag) => fits(tag) && !isBeside(tag, all));
  return meant.toSorted(compareTags).slice(0, newest);
}

const architecture =
  /^(.+?)[-_](?:linux[-_])?(?:386|amd64|arm(?:hf|el)?|arm64|aarch64|x86_64|ppc64le|s390x|riscv64|loong64|mips64le)(?:[-_]?v\d+)?$|^(.+?)-windows-.+$/;

/** Whether a tag stands beside another one: for one architecture of it, or for what is said of it. */
function isBeside(tag: string, all: ReadonlySet<string>): boolean {
  if (cosignSubject(tag) !== undefined || isReferrersTag(tag)) return true;
  const [, whole, windows] = architecture.exec(tag) ?? [];
  return all.has(whole ?? windows ?? "");
}

function compareTags(a: string, b: string): number {
  const [first, second] = [readVersion(a), readVersion(b)];
  if (first && second) return semver.compareBuild(second, first) || byText(b, a);
  if (first || second) return first ? -1 : 1;
  return byText(b, a);
}

function byText(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function invalid(pattern: string, why: string, cause?: unknown): AirgapError {
  return new AirgapError("TAG_PATTERN_INVALID", `Cannot read the pattern of tags "${pattern}": ${why}`, {
    exit: "usage",
    hint: "Write app:1.*, app:^1.2, app:>=1.2,<2 or app:/^v1/, in quotes.",
    ...(cause === undefined ? {} : { cause }),
  });
}
