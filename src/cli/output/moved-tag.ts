import type { Digest } from "../../oci/digest.ts";
import { printable } from "../../oci/printable.ts";
import { putBackCommand, type TitledTag } from "./put-back-command.ts";

/** What a tag named before, with the command that puts it back where it is a registry's. */
export function formatMovedTag(tag: TitledTag, previous: Digest, connection: string): string {
  const command = putBackCommand(tag, previous, connection);
  return `${printable(tag.title)} was ${previous}\n${command === undefined ? "" : `  back: ${command}\n`}`;
}

/** The same for all tags that moved; empty where none did. */
export function formatMovedTags(
  images: readonly (TitledTag & { readonly previous?: Digest })[],
  connection: string,
): string {
  const lines = images.flatMap((image) =>
    image.previous ? formatMovedTag(image, image.previous, connection) : [],
  );
  return lines.length ? `Tags that named something else before:\n${lines.join("")}` : "";
}
