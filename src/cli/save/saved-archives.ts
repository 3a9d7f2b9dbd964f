import type { Platform } from "../../oci/platform.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { fillArchTag } from "../../oci/arch-tag.ts";
import { usageError } from "../usage-error.ts";

/** One archive to write. */
export interface SavedArchive {
  /** `-` is standard output. */
  readonly path: string;
  readonly platforms: readonly Platform[];
  /** With docker's `manifest.json`: an archive of one platform is. */
  readonly docker: boolean;
}

/** Those of {@link fillArchTag} that a file can be named after. */
const words: ReadonlySet<string> = new Set(["platform", "os", "arch", "variant", "osversion"]);

/** The options that name archives. */
export interface SavedArchiveFlags {
  readonly output: string;
  readonly platform: readonly string[];
}

/** A file for each platform where its name says so, else one for all. */
export function listSavedArchives({ output, platform }: SavedArchiveFlags): SavedArchive[] {
  const platforms = platform.map(parsePlatform);
  const unknown = [...output.matchAll(/\{(\w*)\}/g)].find(([, word = ""]) => !words.has(word));
  if (unknown) {
    throw usageError(
      `Cannot name files after "${output}": ${unknown[0]} is unknown`,
      "{platform}, {arch}, {variant} and {os} stand for what a platform has.",
    );
  }
  if (!/\{\w+\}/.test(output)) return [{ path: output, platforms, docker: platforms.length === 1 }];
  if (platforms.length === 0) {
    throw usageError(
      `Cannot name files after "${output}": no platform is given`,
      "Give --platform linux/amd64,linux/arm64, or a file name without braces.",
    );
  }
  const archives = platforms.map((one) => {
    return { path: fillArchTag(output, "", one), platforms: [one], docker: true };
  });
  if (new Set(archives.map(({ path }) => path)).size < archives.length) {
    throw usageError(
      `Cannot name files after "${output}": two platforms would have the same`,
      "Write {platform} into it.",
    );
  }
  return archives;
}
