import type { Digest } from "../../oci/digest.ts";
import { foldName } from "./fold-arch.ts";
import { formatReference, parseReference, type Reference, splitPin } from "../../oci/reference.ts";

/** The names of an image list; one with a digest means the image that has it, under the name that it gives. */
export class WantedNames {
  readonly #names = new Set<string>();
  readonly #pinned: Reference[] = [];
  readonly #foldArch: boolean;

  /** With `foldArch` names are found without their architecture as well. Throws `REFERENCE_INVALID`. */
  constructor(imageList: readonly string[], foldArch: boolean) {
    this.#foldArch = foldArch;
    for (const reference of imageList.map(parseReference)) {
      if (reference.digest === undefined) this.#names.add(formatReference(reference));
      else this.#pinned.push(reference);
    }
  }

  /** Whether an image of that name, known by any of those digests, is on the list. */
  has(name: Reference, digests: readonly Digest[]): boolean {
    if (this.#names.has(formatReference(name))) return true;
    if (this.#foldArch && this.#names.has(formatReference(foldName(name)))) return true;
    return this.#pinnedAt(name, digests).some(
      ({ tag, digest }) =>
        name.digest === digest || (name.digest === undefined && (tag ?? name.tag) === name.tag),
    );
  }

  /** What the list calls an image of a repository that it knows by any of those digests: by its tag, and by the digest. */
  pinned(repository: Pick<Reference, "host" | "repository">, digests: readonly Digest[]): Reference[] {
    return this.#pinnedAt(repository, digests).flatMap(splitPin);
  }

  #pinnedAt(
    { host, repository }: Pick<Reference, "host" | "repository">,
    digests: readonly Digest[],
  ): Reference[] {
    return this.#pinned.filter(
      (pinned) =>
        pinned.host === host &&
        pinned.repository === repository &&
        digests.some((digest) => digest === pinned.digest),
    );
  }
}
