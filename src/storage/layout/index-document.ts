import { type Descriptor, descriptorToJson, parseDescriptor } from "../../oci/descriptor.ts";
import { asArray, asObject, parseJson } from "../../oci/json.ts";
import { mediaTypes } from "../../oci/media-type.ts";
import { isRepository, isTag } from "../../oci/reference.ts";

/** The annotation that gives an entry of `index.json` its name (image-spec, annotations.md). */
const nameAnnotation = "org.opencontainers.image.ref.name";

/** Tags by repository, then by tag. */
export type Tags = ReadonlyMap<string, ReadonlyMap<string, Descriptor>>;

/** What one state of `index.json` says. */
export interface IndexDocument {
  readonly tags: Tags;
  /** Entries that are not of the form `repository:tag`: other tools' own, kept as they are. */
  readonly foreign: readonly Descriptor[];
}

export const emptyIndex: IndexDocument = { tags: new Map(), foreign: [] };

/** Throws `JSON_INVALID` and the like. */
export function parseIndexDocument(bytes: Uint8Array): IndexDocument {
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
  return { tags: repositories, foreign };
}

/** Whether an entry is on the same manifest as another, or as what a tag is on. */
export function isSameEntry(
  one: Pick<Descriptor, "digest" | "mediaType"> | undefined,
  other: Descriptor,
): boolean {
  return one?.digest === other.digest && one.mediaType === other.mediaType;
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
export function formatIndexDocument({ tags: repositories, foreign }: IndexDocument): string {
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
