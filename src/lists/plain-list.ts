import type { AddImage } from "./list-dialect.ts";

/** A name, and in Rancher's `rancher-images-sources.txt` a word behind it that says what it is for. */
const line = /^[^\s{[\-!&*|>"'%@]\S*(?:\s+[a-z][\w,.-]*)?$/;

/** Whether a text is one name a line, with `#` comments: k3s' and Rancher's lists, and what `--failed-list` writes. */
export function isPlainList(text: string): boolean {
  return splitLines(text).every((each) => each === "" || (line.test(each) && !/:(?:\s|$)/.test(each)));
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
