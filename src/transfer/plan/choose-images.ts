import type { SourceImage } from "../../content/image-source.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../../oci/platform.ts";
import { digestsOf, type PlanProblem } from "./plan-image.ts";
import type { GivenSource } from "./planned-image.ts";
import { readNames } from "./read-names.ts";
import type { WantedNames } from "./wanted-names.ts";
import type { Notice } from "../../content/notice.ts";

/** The images of an archive that its option is about. */
export interface Choice {
  readonly images: readonly SourceImage[];
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly Notice[];
}

/**
 * An archive given as one architecture's may have names of several platforms: of such a name the images of that
 * architecture are taken. Where it has none, the option is wrong, and that is said as what it is. Names that nobody asks for are not looked at.
 */
export function chooseImages({ source, flag }: GivenSource, wanted?: WantedNames): Choice {
  if (!flag) return { images: source.images, problems: [], notes: [] };
  const problems: PlanProblem[] = [];
  const notes: Notice[] = [];
  const left = new Set<SourceImage>();
  for (const [name, images] of groupByName(source.images)) {
    if (wanted && !images.some((image) => isWanted(name, image, wanted))) continue;
    const platforms = images.map(platformOf);
    if (new Set(platforms.map(({ architecture }) => architecture)).size < 2) continue;
    const others = images.filter((_, at) => !fits(platforms[at] ?? flag, flag));
    const lists = `lists ${platforms.map(formatPlatform).join(", ")}`;
    for (const image of others) left.add(image);
    if (others.length < images.length) {
      const text = `${source.title} ${lists}: ${formatPlatform(flag)} is taken, as it was given`;
      notes.push({ severity: "note", subject: name, text });
    } else {
      const text = `${name} in ${source.title} ${lists}, and not ${formatPlatform(flag)}, as it was given: give the archive without an architecture's option`;
      problems.push({ code: "PLATFORM_UNSETTLED", exit: "content", text });
    }
  }
  return { images: source.images.filter((image) => !left.has(image)), problems, notes };
}

function isWanted(name: string, image: SourceImage, wanted: WantedNames): boolean {
  return readNames([name], wanted, digestsOf(image)).references.length > 0;
}

function groupByName(images: readonly SourceImage[]): ReadonlyMap<string, readonly SourceImage[]> {
  const groups = new Map<string, SourceImage[]>();
  for (const image of images) {
    for (const name of image.names) {
      const group = groups.get(name);
      if (group) group.push(image);
      else groups.set(name, [image]);
    }
  }
  return groups;
}

/** By what is written: its index has seen more platforms than a config that was copied. */
function platformOf({ claimedPlatform, config }: SourceImage): Platform {
  return normalizePlatform(claimedPlatform ?? config.platform);
}

function fits({ architecture, variant }: Platform, flag: Platform): boolean {
  if (architecture !== flag.architecture) return false;
  return flag.variant === undefined || variant === undefined || variant === flag.variant;
}
