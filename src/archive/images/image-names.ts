import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { nameKey } from "../../oci/reference.ts";

/** Names that an `index.json` gives an image. */
export interface AnnotatedNames {
  /** `io.containerd.image.name`: always in full. */
  readonly containerd: readonly string[];
  /** `org.opencontainers.image.ref.name`, where it is more than a tag, and not the other name without its host. */
  readonly ref: readonly string[];
  /** `org.opencontainers.image.ref.name`, where it is a tag alone. */
  readonly tags: readonly string[];
}

/**
 * The names in a descriptor's annotations (archives.md 4, "Names"). containerd writes a name by digest as `@sha256:...`, and
 * an image's ID as `sha256:...`: those name nothing.
 */
export function annotatedNames(descriptor: Descriptor): AnnotatedNames {
  const containerd = descriptor.annotations?.get("io.containerd.image.name");
  const ref = descriptor.annotations?.get("org.opencontainers.image.ref.name");
  const isTag = ref !== undefined && /^\w[\w.-]*$/.test(ref);
  return {
    containerd: containerd ? listName(containerd) : [],
    ref: ref && !isTag && !containerd?.endsWith(`/${ref}`) ? listName(ref) : [],
    tags: isTag ? [ref] : [],
  };
}

/** None for a digest alone; KubeKey's `project:image:tag-arch` as it means it. */
export function listName(name: string): string[] {
  if (/^@|^sha256:[0-9a-f]{64}$/.test(name)) return [];
  return [name.replace(/^([\w.-]+):([\w.-]+:[\w.-]+)-(?:amd64|arm64)$/, "$1/$2")];
}

/** Of one archive; Rancher's have some hundreds. */
const maxNames = 8000;

/** Throws `ARCHIVE_INVALID` for more names than any archive has. */
export function checkNameCount(count: number): void {
  if (count <= maxNames) return;
  throw new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read archive: it gives ${count} names, at most ${maxNames} are read`,
  );
}

/** Of one archive: an image under each of its names; real archives have some thousands. */
const maxRows = 50_000;

/**
 * What one archive may still bring of one kind, each thing counted once for each of its names: an index gives all that it
 * lists every name that it has itself, so that a small archive could say more than memory holds (issue 14).
 */
export class NameRows {
  #left = maxRows;

  /** To be asked before names are given to things; throws `ARCHIVE_INVALID`. */
  count(things: number, names: number): void {
    const rows = things * Math.max(names, 1);
    if (rows <= this.#left) {
      this.#left -= rows;
      return;
    }
    throw new AirgapError(
      "ARCHIVE_INVALID",
      `Cannot read archive: it lists too much under too many names, at most ${maxRows} images and names of each are read`,
    );
  }
}

/** All the names, the most trusted source first, as written; a name in several spellings comes once, in its first. */
export function mergeNames(...sources: readonly (readonly string[])[]): string[] {
  const names = new Map<string, string>();
  for (const name of sources.flat()) {
    const key = nameKey(name);
    if (!names.has(key)) names.set(key, name);
  }
  return [...names.values()];
}
