import { isDigest } from "../../oci/digest.ts";

/** Where an image goes within the registry. */
export interface TargetName {
  readonly repository: string;
  /** Its digest, where it goes under no tag. */
  readonly tag: string;
}

/** Target in one word, as a key and for people. */
export function formatTarget({ repository, tag }: TargetName): string {
  return titleTarget(repository, tag);
}

/** The same below a repository's title, with the registry in front. */
export function titleTarget(repository: string, tag: string): string {
  return `${repository}${isDigest(tag) ? "@" : ":"}${tag}`;
}

/** The repositories of all of these, each once. */
export function repositoriesOf(items: readonly { readonly target: TargetName }[]): string[] {
  return [...new Set(items.map(({ target }) => target.repository))];
}
