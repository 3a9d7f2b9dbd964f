import type { Digest } from "../../oci/digest.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";

/** The names of an image list; one with a digest means the image that has it, under the name that it gives. */
export class WantedNames {
  readonly #names = new Set<string>();
  readonly #pinned: Reference[] = [];

  /** Throws `REFERENCE_INVALID`. */
  constructor(imageList: readonly string[]) {
    for (const reference of imageList.map(parseReference)) {
      if (reference.digest === undefined) this.#names.add(formatReference(reference));
      else this.#pinned.push(reference);
    }
  }

  /** Whether an image of that name, known by any of those digests, is on the list. */
  has({ host, repository, tag = "latest" }: Reference, digests: readonly Digest[]): boolean {
    if (this.#names.has(formatReference({ host, repository, tag }))) return true;
    return this.#pinned.some(
      (pinned) =>
        pinned.host === host &&
        pinned.repository === repository &&
        (pinned.tag ?? tag) === tag &&
        digests.some((digest) => digest === pinned.digest),
    );
  }
}
