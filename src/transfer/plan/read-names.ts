import { AirgapError } from "../../oci/airgap-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatReference, parseReference, type Reference, splitPin } from "../../oci/reference.ts";
import type { WantedNames } from "./wanted-names.ts";

/** The names of one item of an archive. */
export interface ReadNames {
  /** Each with a tag, or with a digest that the item has and no tag; the same one once. */
  readonly references: readonly Reference[];
  /** Names with neither, which say no more than what the item's repository is. */
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
      const named = parseReference(spellTag(name));
      const own = splitPin(named).filter(({ digest }) => digest === undefined || digests.includes(digest));
      if (own.length === 0) repositories.push(named);
      const asked = wanted
        ? [...own.filter((each) => wanted.has(each, digests)), ...wanted.pinned(named, digests)]
        : own;
      for (const reference of asked) references.set(formatReference(reference), reference);
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
