import type { Digest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";

/**
 * What a tag named before, with the command that puts it back where it is a registry's. `title` has the store in front and
 * the tag behind.
 */
export function formatMovedTag(title: string, previous: Digest): string {
  const repository = title.slice(0, title.lastIndexOf(":"));
  const name = printable(title);
  if (title.startsWith("oci:")) return `${name} was ${previous}\n`;
  return `${name} was ${previous}\n  back: airgap-load copy docker://${printable(repository)}@${previous} docker://${name}\n`;
}
