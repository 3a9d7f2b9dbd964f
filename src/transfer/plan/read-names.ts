import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatReference, parseReference, type Reference } from "../../oci/reference.ts";
import type { WantedNames } from "./wanted-names.ts";

/** The names of one item of an archive. */
export interface ReadNames {
  /** Each with a tag, the same one once. */
  readonly references: readonly Reference[];
  /** Names without a tag, which say no more than what the item's repository is. */
  readonly repositories: readonly Reference[];
  /** What is no name that registries take, and why. */
  readonly unreadable: readonly { readonly name: string; readonly error: AirgapError }[];
}

/** What docker shows where there is no name. */
const noName = /^<none>/;

/** Reads names as archives have them; with an image list those that are on it, the item being known by those digests. */
export function readNames(
  names: readonly string[],
  wanted: WantedNames | undefined,
  digests: readonly Digest[],
): ReadNames {
  const references = new Map<string, Reference>();
  const repositories: Reference[] = [];
  const unreadable: { name: string; error: AirgapError }[] = [];
  for (const name of names.filter((text) => !noName.test(text))) {
    try {
      const { tag, ...reference } = parseReference(spellTag(name));
      const { host, repository } = reference;
      if (tag === undefined) repositories.push(reference);
      else if (!wanted || wanted.has({ host, repository, tag }, digests)) {
        references.set(formatReference({ host, repository, tag }), { host, repository, tag });
      }
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      if (!wanted) unreadable.push({ name, error });
    }
  }
  return { references: [...references.values()], repositories, unreadable };
}

/** Charts have versions such as `1.2.0+3`: helm writes `_` for what a tag must not have. */
function spellTag(name: string): string {
  const colon = name.lastIndexOf(":");
  return name.includes("@") ? name : name.slice(0, colon + 1) + name.slice(colon + 1).replaceAll("+", "_");
}

/** The nearest name that registries take: in lower case, without a scheme in front. */
export function suggestName(name: string): string | undefined {
  const bare = name.replace(/^[a-z]+:\/\//, "").replace(/@.*$/, "");
  const slash = bare.lastIndexOf("/");
  const colon = bare.indexOf(":", slash + 1);
  const repository = (colon === -1 ? bare : bare.slice(0, colon)).toLowerCase();
  try {
    return formatReference(parseReference(repository + (colon === -1 ? "" : bare.slice(colon))));
  } catch {
    return undefined;
  }
}
