import type { Notice } from "../../../content/notice.ts";
import { formatPlatform, type Platform } from "../../../oci/platform.ts";
import { shellWord } from "../../../oci/shell-word.ts";
import type { PlanProblem } from "../plan-image.ts";
import type { GivenSource } from "../planned-image.ts";

/** One problem instead of one for each image, where all images of an archive have binaries of another architecture than it was given as. */
export function joinMisgiven(
  given: GivenSource,
  count: number,
  problems: readonly PlanProblem[],
): readonly PlanProblem[] {
  const [first] = problems;
  const found = commonPlatform(
    count,
    problems.map((problem) => problem.found),
  );
  if (!first || !found || !given.flag) return problems;
  const text = `all ${count} images of ${given.source.title} are ${found.architecture}, and it was given as ${given.flag.architecture}`;
  return [{ code: first.code, exit: first.exit, text, remedy: giveAs(given, found) }];
}

/** A warning where all images of an archive are of an architecture that machines of the given one merely run as well. */
export function sayRunElsewhere(
  given: GivenSource,
  count: number,
  binaries: readonly (Platform | undefined)[],
): Notice[] {
  const found = commonPlatform(count, binaries);
  if (!found || !given.flag) return [];
  const { architecture } = given.flag;
  const text = `all ${count} images of ${given.source.title} have ${found.architecture} binaries, which ${architecture} machines run as well: if it is not for ${architecture}, give it as ${giveAs(given, found)}`;
  return [{ severity: "warning", text }];
}

/** What all images of an archive have in common, if that is said of every one, and of more than one. */
function commonPlatform(count: number, found: readonly (Platform | undefined)[]): Platform | undefined {
  const [first] = found;
  const isCommon = first && found.every((other) => other && formatPlatform(other) === formatPlatform(first));
  return count > 1 && found.length === count && isCommon ? first : undefined;
}

function giveAs({ source: { title } }: GivenSource, platform: Platform): string {
  const file = title === "standard input" ? "-" : shellWord(title);
  const { os, architecture } = platform;
  return os === "linux" && hasOption.has(architecture)
    ? `--${architecture} ${file}`
    : `--archive ${formatPlatform(platform)}=${file}`;
}

/** Architectures that have an option of their own. */
const hasOption = new Set(["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "loong64"]);
