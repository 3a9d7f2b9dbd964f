import type { Digest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";

/** The command that makes a tag name what it named before; `title` has the registry in front and the tag behind. */
export function putBackCommand(title: string, previous: Digest): string {
  const repository = title.slice(0, title.lastIndexOf(":"));
  return `airgap-load copy docker://${printable(repository)}@${previous} docker://${printable(title)}`;
}
