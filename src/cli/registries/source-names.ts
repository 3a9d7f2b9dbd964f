import { isTagPattern, parseTagPattern, type TagPattern } from "../../lists/tag-pattern.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { type Destination, readDestination } from "../options/load-request.ts";
import { readImageList } from "../files/read-image-list.ts";
import type { ImageListFlags } from "../options/image-list-option.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export interface SourceNameFlags extends ImageListFlags {
  /** A registry to read all of them from, whatever host they name. */
  readonly from?: string;
  /** Of the tags that a pattern means, only so many. */
  readonly newest?: number;
}

/** An image's name, and where it is read from. */
export interface SourceName {
  readonly name: Reference;
  readonly source: Reference;
  /** Where the image list has it, for people. */
  readonly where?: string;
}

/** The same, or a repository and a pattern for its tags. */
export interface NamedImages extends SourceName {
  readonly pattern?: TagPattern;
}

/** All names, each once; with `--from` they are where a load into that registry has put them. */
export async function listSourceNames(
  names: readonly string[],
  flags: SourceNameFlags,
  terminal: Terminal,
): Promise<NamedImages[]> {
  const listed =
    flags.imageList === undefined
      ? []
      : await readImageList(flags.imageList, terminal, "--image-list", isTagPattern);
  if (names.length + listed.length === 0) {
    throw usageError("Cannot begin: no image is named", "Give names, or --image-list FILE.");
  }
  const from = flags.from === undefined ? undefined : readDestination({ registry: flags.from });
  const all = [
    ...names.map((name) => readNamed(name, from)),
    ...listed.map(({ name, where }) => ({ ...readNamed(name, from), where })),
  ];
  if (flags.newest !== undefined && !all.some(({ pattern }) => pattern)) {
    throw usageError(
      "Cannot begin: --newest is for patterns of tags, and none is given",
      "Write app:* in quotes.",
    );
  }
  const keyed = all.map(
    (each) => [`${formatReference(each.name)} ${each.pattern?.text ?? ""}`, each] as const,
  );
  return [...new Map(keyed).values()];
}

function readNamed(text: string, from: Destination | undefined): NamedImages {
  const pattern = parseTagPattern(text);
  const { tag, ...bare } = parseReference(pattern?.name ?? text);
  const name = pattern || tag === undefined ? bare : { ...bare, tag };
  const path = from?.prefix ? `${from.prefix}/${name.repository}` : name.repository;
  const source = from ? { ...name, host: from.host, repository: path } : name;
  return { name, source, ...(pattern ? { pattern } : {}) };
}
