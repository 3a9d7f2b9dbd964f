import { note } from "../../content/notice.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestHex, parseDigest } from "../../oci/digest.ts";
import { asArray, asObject, asString } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import { checkNameCount } from "../images/image-names.ts";
import { mergeImages } from "../images/merge-images.ts";
import { namedRoot } from "../images/named-root.ts";
import type { OpenedArchive } from "../images/opened-archive.ts";
import { readItem } from "../images/read-item.ts";
import { besideFile, type Dialect } from "./dialect.ts";

const lock = "chart/Images.lock";

/**
 * A chart with its images, as `dt wrap` packs them (distribution-tooling-for-helm): a layout for each platform's image, and all
 * names in the chart's `Images.lock`. The chart itself is left where it is.
 */
export const dtWrap: Dialect = {
  title: "a wrap of dt (distribution tooling for Helm)",
  findFolder: besideFile(lock),
  accepts: ({ entries }) => Promise.resolve(layouts(entries.names).length > 0),

  async read(folder) {
    const folders = layouts(folder.entries.names);
    const blobPaths = (digest: Digest): string[] =>
      folders.map((layout) => `${layout}blobs/sha256/${digestHex(digest)}`);
    const wrap = { ...folder, blobPaths, isWhole: true };
    folder.notices.push(note(`the chart of "${folder.entries.folder}" is left out: push it with helm push`));
    return mergeImages(wrap, [], await readLock(wrap));
  },

  nameWriter: () => "dt wrap",
};

function layouts(names: readonly string[]): string[] {
  return names.flatMap((name) => /^(images\/[^/]+\.layout\/)index\.json$/.exec(name)?.[1] ?? []);
}

async function readLock(wrap: OpenedArchive): Promise<Descriptor[]> {
  const list = await parseLock(await wrap.metadata.list(wrap.entries.get(lock, "wrap")));
  const images = asArray(list.get("images"), lock);
  const listed = images.flatMap((value) => {
    const image = asObject(value, lock);
    const name = asString(image.get("image"), `${lock}: image`);
    return asArray(image.get("digests"), `${lock}: digests of "${name}"`).map((entry) => ({
      name,
      digest: parseDigest(asString(asObject(entry, lock).get("digest"), lock)),
    }));
  });
  checkNameCount(listed.length);
  const roots: Descriptor[] = [];
  for (const { name, digest } of listed) {
    const root = await readItem(wrap, { names: [name], digest }, () => rootOf(wrap, digest, name));
    if (root) roots.push(root);
  }
  return roots;
}

/** Every scalar as text. */
async function parseLock(bytes: Uint8Array): Promise<ReadonlyMap<string, unknown>> {
  const { parse } = await import("yaml");
  try {
    const options = { schema: "failsafe", mapAsMap: true, maxAliasCount: 100, logLevel: "error" } as const;
    return asObject(parse(Buffer.from(bytes).toString("utf8"), options), lock);
  } catch (cause) {
    throw new AirgapError("ARCHIVE_INVALID", `Cannot read ${lock}: it is not YAML`, { cause });
  }
}

function rootOf({ entries, blobPaths }: OpenedArchive, digest: Digest, name: string): Descriptor {
  const entry = blobPaths?.(digest).flatMap((path) => entries.find(path) ?? [])[0];
  if (entry) return namedRoot({ digest, size: entry.size }, name);
  throw new AirgapError(
    "ARCHIVE_INCOMPLETE",
    `Cannot read image "${printable(name)}": ${lock} lists ${digest}, which is not in the wrap`,
    { hint: "Wrap the chart again, with all platforms that its Images.lock lists." },
  );
}
