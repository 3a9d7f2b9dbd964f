import { type AddImage, type Fields, isFields, type ListDialect } from "./list-dialect.ts";

/** Keys of a registry whose values say how tags look like, which only the registry can tell. */
const patterns = ["images-by-tag-regex", "images-by-semver"] as const;

/**
 * What `skopeo sync --src yaml` takes (skopeo-sync(1), "YAML file content"): by registry and repository the tags and digests that
 * are wanted. What stands for tags that it does not name cannot be read.
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
  return isFields(value) && ["images", ...patterns].some((key) => isFields(value[key]));
}

function addImages(host: string, registry: Fields, add: AddImage): void {
  const tagsHint = (repository: string): string =>
    `name tags instead, airgap-load tags ${host}/${repository} lists them`;
  for (const [repository, tags] of listFields(registry["images"])) {
    const place = `${host}, images.${repository}`;
    const named = Array.isArray(tags) ? tags : [];
    for (const tag of named) add(`${host}/${repository}${spell(tag)}`, place);
    if (named.length === 0) {
      add(`${host}/${repository}:*`, `${place}: skopeo takes all tags, ${tagsHint(repository)}`);
    }
  }
  for (const key of patterns) {
    for (const [repository, pattern] of listFields(registry[key])) {
      const place = `${host}, ${key}.${repository}: a pattern of skopeo's, ${tagsHint(repository)}`;
      add(`${host}/${repository}:/${String(pattern)}/`, place);
    }
  }
}

function listFields(value: unknown): [string, unknown][] {
  return isFields(value) ? Object.entries(value) : [];
}

/** YAML makes a number of a tag without quotes, and 1.1 of 1.10. */
function spell(tag: unknown): string {
  const isLost = typeof tag === "number" && !Number.isInteger(tag);
  const text = isLost ? `"${tag}", which needs quotes` : String(tag);
  return `${text.startsWith("sha256:") ? "@" : ":"}${text}`;
}
