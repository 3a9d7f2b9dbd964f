import { AirgapError } from "../../oci/airgap-error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";

/** Names that an `index.json` gives an image. */
export interface AnnotatedNames {
  /** `io.containerd.image.name`: always in full. */
  readonly containerd: readonly string[];
  /** `org.opencontainers.image.ref.name`, where it is more than a tag. */
  readonly ref: readonly string[];
}

/** The names in a descriptor's annotations (archives.md 4, "Names"). A bare tag names nothing and is left out. */
export function annotatedNames(descriptor: Descriptor): AnnotatedNames {
  const containerd = descriptor.annotations?.get("io.containerd.image.name");
  const ref = descriptor.annotations?.get("org.opencontainers.image.ref.name");
  return {
    containerd: containerd ? [containerd] : [],
    ref: ref && /[/:]/.test(ref) ? [ref] : [],
  };
}

/** Of one archive; Rancher's have some hundreds. */
const maxNames = 100_000;

/** Throws `ARCHIVE_INVALID` for more names than any archive has. */
export function checkNameCount(count: number): void {
  if (count <= maxNames) return;
  throw new AirgapError(
    "ARCHIVE_INVALID",
    `Cannot read archive: it gives ${count} names, at most ${maxNames} are read`,
  );
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

/** Equal for `alpine`, `docker.io/library/alpine:latest` and all that docker takes for the same. */
export function nameKey(name: string): string {
  try {
    return formatReference(parseReference(name));
  } catch {
    return name;
  }
}
