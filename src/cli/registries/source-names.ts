import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import { readDestination } from "../options/load-request.ts";
import { readImageList } from "../files/read-image-list.ts";
import type { ImageListFlags } from "../options/image-list-option.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export interface SourceNameFlags extends ImageListFlags {
  /** A registry to read all of them from, whatever host they name. */
  readonly from?: string;
}

/** An image's name, and where it is read from. */
export interface SourceName {
  readonly name: Reference;
  readonly source: Reference;
}

/** All names, each once; with `--from` they are where a load into that registry has put them. */
export async function listSourceNames(
  names: readonly string[],
  flags: SourceNameFlags,
  terminal: Terminal,
): Promise<SourceName[]> {
  const listed = flags.imageList === undefined ? [] : await readImageList(flags.imageList, terminal);
  const all = new Map(
    [...names, ...listed.map(({ name }) => name)].map((text) => [
      formatReference(parseReference(text)),
      text,
    ]),
  );
  if (all.size === 0) {
    throw usageError("Cannot begin: no image is named", "Give names, or --image-list FILE.");
  }
  const from = flags.from === undefined ? undefined : readDestination({ registry: flags.from });
  return [...all.values()].map((text) => {
    const name = parseReference(text);
    if (!from) return { name, source: name };
    const { repository: path } = name;
    const repository = from.prefix === "" ? path : `${from.prefix}/${path}`;
    return { name, source: { ...name, host: from.host, repository } };
  });
}
