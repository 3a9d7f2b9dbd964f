import type { AddImage } from "./list-dialect.ts";

/** A name, and in Rancher's `rancher-images-sources.txt` a word behind it that says what it is for. */
const line = /^[^\s{[\-!&*|>"'%@]\S*(?:\s+[a-z][\w,.-]*)?$/;

/**
 * The first line of a text that is not as in a list of one name a line, with `#` comments: k3s' and Rancher's lists, and what
 * `--failed-list` writes. Counted from 1; none where the text is such a list.
 */
export function findOddLine(text: string): { readonly line: number; readonly text: string } | undefined {
  const lines = splitLines(text);
  const at = lines.findIndex((each) => each !== "" && !isName(each));
  return at === -1 ? undefined : { line: at + 1, text: lines[at] ?? "" };
}

/** Whether a text begins as such a list does, and can be nothing else: a line of YAML that names images is no bare word. */
export function beginsAsPlainList(text: string): boolean {
  return isName(splitLines(text).find((each) => each !== "") ?? "");
}

function isName(text: string): boolean {
  return line.test(text) && !/:(?:\s|$)/.test(text);
}

/** Adds each line's name. */
export function readPlainList(text: string, add: AddImage): void {
  for (const [at, each] of splitLines(text).entries()) {
    const [name] = each.split(/\s+/);
    if (name) add(name, `line ${at + 1}`);
  }
}

function splitLines(text: string): string[] {
  return text.split(/\r?\n/).map((each) => each.replace(/(^|\s)#.*$/, "").trim());
}
