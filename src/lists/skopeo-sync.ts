import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";

/** How the keys of a registry name tags, as tag patterns: by themselves, by an expression, or by a range of versions. */
const kinds: Readonly<Record<string, (value: unknown) => readonly string[]>> = {
  images: (tags) => (Array.isArray(tags) && tags.length > 0 ? tags.map(spell) : [":*"]),
  "images-by-tag-regex": (expression) => [`:/${String(expression)}/`],
  "images-by-semver": (range) => [`:${String(range).replace(/^(?=\w)/, "=")}`],
};

/**
 * What `skopeo sync --src yaml` takes (skopeo-sync(1), "YAML file content"): by registry and repository the tags and digests that
 * are wanted, all of them where none is named.
 */
export const skopeoSyncDialect: ListDialect = {
  accepts: (document) => {
    const registries = isFields(document) ? Object.values(document) : [];
    return registries.length > 0 && registries.every(isRegistry);
  },
  find: (document: Fields, add: AddImage) => {
    for (const [host, registry] of Object.entries(document)) addImages(host, registry as Fields, add);
  },
};

function isRegistry(value: unknown): boolean {
  return isFields(value) && Object.keys(kinds).some((key) => isFields(value[key]));
}

function addImages(host: string, registry: Fields, add: AddImage): void {
  for (const [key, endings] of Object.entries(kinds)) {
    const repositories = registry[key];
    for (const [repository, value] of isFields(repositories) ? Object.entries(repositories) : []) {
      for (const ending of endings(value)) {
        add(`${host}/${repository}${ending}`, `${host}, ${key}.${repository}`);
      }
    }
  }
}

/** YAML makes a number of a tag without quotes, and 1.1 of 1.10. */
function spell(tag: unknown): string {
  if (typeof tag === "number" && !Number.isInteger(tag)) return `:"${tag}", which needs quotes`;
  const text = String(tag);
  return `${text.startsWith("sha256:") ? "@" : ":"}${text}`;
}
