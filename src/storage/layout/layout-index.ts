import { readFile, stat } from "node:fs/promises";
import { AirgapError } from "../../oci/airgap-error.ts";
import { type Descriptor, descriptorToJson, parseDescriptor } from "../../oci/descriptor.ts";
import { asArray, asObject, parseJson } from "../../oci/json.ts";
import { mediaTypes } from "../../oci/media-type.ts";
import { isRepository, isTag } from "../../oci/reference.ts";
import { isFileError, writeDurably } from "./durable-files.ts";
import type { LayoutPaths } from "./layout-paths.ts";

/** The annotation that gives an entry of `index.json` its name (image-spec, annotations.md). */
const nameAnnotation = "org.opencontainers.image.ref.name";

/** What one state of `index.json` says. */
export interface LayoutTags {
  /** By repository, then by tag. */
  readonly repositories: ReadonlyMap<string, ReadonlyMap<string, Descriptor>>;
  /** Entries that are not of the form `repository:tag`: other tools' own, kept as they are. */
  readonly foreign: readonly Descriptor[];
}

/** Which tag moves to what; an undefined descriptor takes it away. */
export interface TagChange {
  readonly repository: string;
  readonly tag: string;
  readonly descriptor: Descriptor | undefined;
}

/**
 * The tags of a layout, which are kept in `index.json` and nowhere else: every reader of image layouts sees them, and
 * there are no two places that could disagree. Read again whenever the file has changed, since other processes write it.
 */
export class LayoutIndex {
  readonly #paths: LayoutPaths;
  #version = "";
  #tags: LayoutTags = { repositories: new Map(), foreign: [] };

  constructor(paths: LayoutPaths) {
    this.#paths = paths;
  }

  async read(): Promise<LayoutTags> {
    const version = await this.#readVersion();
    if (version === this.#version) return this.#tags;
    this.#tags = parseIndex(await readFile(this.#paths.index));
    this.#version = version;
    return this.#tags;
  }

  /** A rename gives the file another inode, so this changes with every write, however fast they follow each other. */
  async #readVersion(): Promise<string> {
    try {
      const { ino, mtimeNs, size } = await stat(this.#paths.index, { bigint: true });
      return `${ino} ${mtimeNs} ${size}`;
    } catch (cause) {
      if (!isFileError(cause, "ENOENT")) throw cause;
      throw new AirgapError("LAYOUT_INVALID", `Cannot read "${this.#paths.root}": it has no index.json`, {
        cause,
      });
    }
  }

  /** Moves tags, all of them at once, and gives what the file says now. The caller holds the lock. */
  async change(changes: readonly TagChange[]): Promise<LayoutTags> {
    const { repositories, foreign } = await this.read();
    if (changes.every((change) => isMade(repositories, change))) return this.#tags;
    const changed: Map<string, Map<string, Descriptor>> = new Map(
      [...repositories].map(([name, tags]) => [name, new Map(tags)]),
    );
    for (const { repository, tag, descriptor } of changes) {
      const tags = changed.get(repository) ?? new Map<string, Descriptor>();
      if (descriptor) tags.set(tag, descriptor);
      else tags.delete(tag);
      changed.set(repository, tags);
    }
    await writeDurably(this.#paths.index, formatIndex(changed, foreign), this.#paths.uploads);
    this.#tags = { repositories: changed, foreign };
    this.#version = await this.#readVersion();
    return this.#tags;
  }
}

function isMade(
  repositories: LayoutTags["repositories"],
  { repository, tag, descriptor }: TagChange,
): boolean {
  const current = repositories.get(repository)?.get(tag);
  return current?.digest === descriptor?.digest && current?.mediaType === descriptor?.mediaType;
}

function parseIndex(bytes: Uint8Array): LayoutTags {
  const index = asObject(parseJson(bytes, { what: "index.json" }), "index.json");
  const repositories = new Map<string, Map<string, Descriptor>>();
  const foreign: Descriptor[] = [];
  for (const entry of asArray(index.get("manifests"), "index.json.manifests")) {
    const descriptor = parseDescriptor(entry, "an entry of index.json");
    const { repository, tag } = splitName(descriptor.annotations?.get(nameAnnotation) ?? "");
    const tags = repositories.get(repository) ?? new Map<string, Descriptor>();
    if (!isRepository(repository) || !isTag(tag) || tags.has(tag)) foreign.push(descriptor);
    else repositories.set(repository, tags.set(tag, withoutName(descriptor)));
  }
  return { repositories, foreign };
}

function splitName(name: string): { repository: string; tag: string } {
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(0, Math.max(0, colon)), tag: name.slice(colon + 1) };
}

function withoutName(descriptor: Descriptor): Descriptor {
  const { annotations, ...rest } = descriptor;
  const others = new Map([...(annotations ?? [])].filter(([key]) => key !== nameAnnotation));
  return others.size ? { ...rest, annotations: others } : rest;
}

/** Sorted by name: the same tags give the same bytes, in whatever order they were pushed. */
function formatIndex(
  repositories: ReadonlyMap<string, ReadonlyMap<string, Descriptor>>,
  foreign: readonly Descriptor[],
): string {
  const named = [...repositories].flatMap(([repository, tags]) =>
    [...tags].map(([tag, descriptor]) => ({ name: `${repository}:${tag}`, descriptor })),
  );
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  const manifests = named.map(({ name, descriptor }) => {
    const annotations = new Map([...(descriptor.annotations ?? []), [nameAnnotation, name]]);
    return JSON.stringify(descriptorToJson({ ...descriptor, annotations }));
  });
  const entries = [...manifests, ...foreign.map((entry) => JSON.stringify(descriptorToJson(entry)))].join(
    ",\n",
  );
  return `{"schemaVersion":2,"mediaType":"${mediaTypes.oci.index}","manifests":[\n${entries}\n]}\n`;
}
