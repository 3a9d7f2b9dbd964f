import type { Digest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { putBackCommand } from "./put-back-command.ts";

/**
 * What a tag named before, with the command that puts it back where it is a registry's. `title` has the store in front and
 * the tag behind.
 */
export function formatMovedTag(title: string, previous: Digest): string {
  const name = printable(title);
  if (title.startsWith("oci:")) return `${name} was ${previous}\n`;
  return `${name} was ${previous}\n  back: ${putBackCommand(title, previous)}\n`;
}

/** The same for all tags that moved; empty where none did. */
export function formatMovedTags(
  images: readonly { readonly title: string; readonly previous?: Digest }[],
): string {
  const lines = images.flatMap(({ title, previous }) => (previous ? formatMovedTag(title, previous) : []));
  return lines.length ? `Tags that named something else before:\n${lines.join("")}` : "";
}
