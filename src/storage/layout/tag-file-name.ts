import { isTag } from "../../oci/reference.ts";

/**
 * A tag as the name of a file: in lower case, behind `@` which of its letters are not, as bits of a hexadecimal number.
 * So no two tags share a file where a file system does not tell upper from lower case, and none ends in a dot.
 */
export function tagFileName(tag: string): string {
  const lower = tag.toLowerCase();
  let upper = 0n;
  for (const [at, letter] of tag.split("").entries()) if (letter !== lower[at]) upper |= 1n << BigInt(at);
  return `${lower}@${upper === 0n ? "" : upper.toString(16)}`;
}

/** The tag that a file's name stands for, or undefined where it stands for none. */
export function parseTagFileName(name: string): string | undefined {
  const [, lower = "", bits = ""] = /^([a-z0-9._-]{1,128})@([0-9a-f]{0,32})$/.exec(name) ?? [];
  const upper = BigInt(`0x0${bits}`);
  const tag = lower
    .split("")
    .map((letter, at) => ((upper >> BigInt(at)) & 1n ? letter.toUpperCase() : letter))
    .join("");
  return isTag(tag) && tagFileName(tag) === name ? tag : undefined;
}
