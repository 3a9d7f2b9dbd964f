import type { Digest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";

/** A tag as reports name it, with the registry in front. */
export interface TitledTag {
  readonly title: string;
  /** Without the tag. */
  readonly repositoryTitle: string;
}

/**
 * The command that makes a tag name what it named before, or undefined for a folder's, which keeps nothing that no tag
 * names. `connection` are the options that reach the registry.
 */
export function putBackCommand(
  { title, repositoryTitle }: TitledTag,
  previous: Digest,
  connection: string,
): string | undefined {
  if (title.startsWith("oci:")) return undefined;
  const from = `docker://${printable(repositoryTitle)}@${previous}`;
  return `airgap-load copy${printable(connection, 2000)} ${from} docker://${printable(title)}`;
}
