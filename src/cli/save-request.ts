import type { Platform } from "../oci/platform.ts";
import { parsePlatform } from "../oci/platform.ts";
import { formatReference, parseReference, type Reference } from "../oci/reference.ts";
import { fillArchTag } from "../transfer/arch-tag.ts";
import { readDestination } from "./load-request.ts";
import { readLines } from "./read-lines.ts";
import type { SaveFlags } from "./run-save.ts";
import { usageError } from "./usage-error.ts";

/** One archive to write. */
export interface SavedArchive {
  /** `-` is standard output. */
  readonly path: string;
  readonly platforms: readonly Platform[];
  /** With docker's `manifest.json`: an archive of one platform is. */
  readonly docker: boolean;
}

/** A file for each platform where its name says so, else one for all. */
export function listSavedArchives({ output, platform }: SaveFlags): SavedArchive[] {
  const platforms = platform.map(parsePlatform);
  if (!/\{\w+\}/.test(output)) return [{ path: output, platforms, docker: platforms.length === 1 }];
  if (platforms.length === 0)
    throw usageError(
      `Cannot name files after "${output}": no platform is given`,
      "Give --platform linux/amd64,linux/arm64, or a file name without braces.",
    );
  const archives = platforms.map((one) => {
    return { path: fillArchTag(output, "", one), platforms: [one], docker: true };
  });
  if (new Set(archives.map(({ path }) => path)).size < archives.length)
    throw usageError(
      `Cannot name files after "${output}": two platforms would have the same`,
      "Write {platform} into it.",
    );
  return archives;
}

/** An image's name in the archive, and where it is read from. */
export interface SavedName {
  readonly name: Reference;
  readonly source: Reference;
}

/** All names, each once; with `--from` they are where a load into that registry has put them. */
export async function listSavedNames(names: readonly string[], flags: SaveFlags): Promise<SavedName[]> {
  const listed = flags.imageList === undefined ? [] : await readLines(flags.imageList);
  const all = new Map([...names, ...listed].map((text) => [formatReference(parseReference(text)), text]));
  if (all.size === 0) throw usageError("Cannot save: no image is named", "Give names, or --image-list FILE.");
  const from = flags.from === undefined ? undefined : readDestination({ registry: flags.from });
  return [...all.values()].map((text) => {
    const named = parseReference(text);
    const { host, repository: path, tag } = named;
    const name = tag === undefined ? named : { host, repository: path, tag };
    if (!from) return { name, source: named };
    const repository = from.prefix === "" ? path : `${from.prefix}/${path}`;
    return { name, source: { ...named, host: from.host, repository } };
  });
}
