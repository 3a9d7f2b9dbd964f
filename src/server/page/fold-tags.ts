import type { TagSummary } from "./summarize-tag.ts";

/**
 * Leaves out the tags that a list has for its single images, `1.0-arm64` beside `1.0`: an image is one row with its platforms.
 * Only a tag that is on one of the list's own images is folded into it, whatever it is called.
 */
export function foldTags(tags: readonly TagSummary[]): readonly TagSummary[] {
  return tags.filter(
    ({ tag, digest }) =>
      !tags.some((list) => tag.startsWith(`${list.tag}-`) && list.children.includes(digest)),
  );
}
