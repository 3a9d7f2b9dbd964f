import { AirgapError } from "../../oci/airgap-error.ts";
import { type Descriptor, descriptorToJson, parseDescriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { asObject, jsonLine, parseJson } from "../../oci/json.ts";
import type { LayoutFiles } from "./layout-files.ts";
import type { LayoutLinks, ManifestLink } from "./layout-links.ts";
import type { LayoutPaths } from "./layout-paths.ts";
import { parseTagFileName } from "./tag-file-name.ts";

/** What a tag is on. */
export interface TagEntry {
  readonly descriptor: Descriptor;
  /**
   * That of the manifest's link when the tag was put on it. Undefined where another tool has named a manifest that could
   * not be read: such a tag holds by itself.
   */
  readonly generation: string | undefined;
}

const maxTagSize = 64 * 1024;

/**
 * The tags of a layout, each a file of its own that is replaced by rename: the truth, which needs no lock. A tag holds as
 * long as the link of the manifest that it was put on.
 */
export class LayoutTags {
  readonly #files: LayoutFiles;
  readonly #paths: LayoutPaths;
  readonly #links: LayoutLinks;

  constructor(files: LayoutFiles, paths: LayoutPaths, links: LayoutLinks) {
    this.#files = files;
    this.#paths = paths;
    this.#links = links;
  }

  async read(repository: string, tag: string): Promise<Descriptor | undefined> {
    const entry = await this.readEntry(repository, tag);
    if (!entry) return undefined;
    const link = await this.#links.readManifest(repository, entry.descriptor.digest);
    return holds(entry, link) ? entry.descriptor : undefined;
  }

  /** What a tag's file says, whether it holds or not; undefined where there is none, or a damaged one. */
  readEntry(repository: string, tag: string): Promise<TagEntry | undefined> {
    return this.#readEntry(this.#paths.tag(repository, tag));
  }

  async #readEntry(path: string): Promise<TagEntry | undefined> {
    const bytes = await this.#files.read(path, maxTagSize);
    try {
      return bytes && parseEntry(bytes);
    } catch (error) {
      if (error instanceof AirgapError) return undefined;
      throw error;
    }
  }

  async write(repository: string, tag: string, entry: TagEntry): Promise<void> {
    await this.#files.write(this.#paths.tag(repository, tag), formatEntry(entry));
  }

  remove(repository: string, tag: string): Promise<boolean> {
    return this.#files.remove(this.#paths.tag(repository, tag));
  }

  /**
   * Puts a tag in the place of one that does not hold, or is on `before`, or takes that away where there is no entry;
   * false where it was moved meanwhile, and then nothing is changed.
   */
  async exchange(
    repository: string,
    tag: string,
    before: Digest | undefined,
    entry: TagEntry | undefined,
  ): Promise<boolean> {
    const path = this.#paths.tag(repository, tag);
    const write = async (): Promise<boolean> =>
      entry ? this.#files.writeNew(path, formatEntry(entry)) : true;
    if ((await this.#files.size(path)) === undefined) return before === undefined && (await write());
    return this.#files.take(path, async (taken) => {
      const found = await this.#readEntry(taken);
      const link = found && (await this.#links.readManifest(repository, found.descriptor.digest));
      const digest = found && holds(found, link) ? found.descriptor.digest : undefined;
      return digest === before && (await write());
    });
  }

  /** The tags of a repository that hold, in code unit order. */
  async list(repository: string): Promise<ReadonlyMap<string, Descriptor>> {
    const links = new Map<Digest, Promise<ManifestLink | undefined>>();
    const readLink = (digest: Digest): Promise<ManifestLink | undefined> => {
      const link = links.get(digest) ?? this.#links.readManifest(repository, digest);
      links.set(digest, link);
      return link;
    };
    const found = new Map<string, Descriptor>();
    for (const tag of await this.listNames(repository)) {
      const entry = await this.readEntry(repository, tag);
      if (entry && holds(entry, await readLink(entry.descriptor.digest))) found.set(tag, entry.descriptor);
    }
    return found;
  }

  /** Names of all tags that a repository has a file for, whether they hold or not, in code unit order. */
  async listNames(repository: string): Promise<readonly string[]> {
    const names = await this.#files.list(this.#paths.tags(repository));
    return names.flatMap((name) => parseTagFileName(name) ?? []).sort();
  }
}

function parseEntry(bytes: Uint8Array): TagEntry {
  const what = "the tag";
  const document = asObject(parseJson(bytes, { what }), what);
  const generation = document.get("generation");
  return {
    descriptor: parseDescriptor(document.get("descriptor"), "the tag's descriptor"),
    generation: typeof generation === "string" ? generation : undefined,
  };
}

function holds({ generation }: TagEntry, link: ManifestLink | undefined): boolean {
  return generation === undefined || link?.generation === generation;
}

function formatEntry({ descriptor, generation }: TagEntry): string {
  return jsonLine({ descriptor: descriptorToJson(descriptor), generation });
}
