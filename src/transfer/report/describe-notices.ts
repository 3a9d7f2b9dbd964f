import type { Notice } from "../../content/notice.ts";
import { printable } from "../../oci/printable.ts";

/** Longest line that is told. */
const maxLine = 2000;

/**
 * Lines that tell notices, fit to be shown. What is said of several images in the same words, save for IDs and digests, is said
 * once, with a line below for each image.
 */
export function describeNotices(notices: readonly Notice[]): string[] {
  const groups = new Map<unknown, Notice[]>();
  for (const notice of notices) {
    const { subject, severity, text } = notice;
    const cause = subject === undefined ? notice : `${severity} ${text.replaceAll(idPattern, "ID")}`;
    const group = groups.get(cause);
    if (group) group.push(notice);
    else groups.set(cause, [notice]);
  }
  return [...groups.values()].flatMap(describeGroup);
}

const idPattern = /\b[0-9a-f]{12,}\b/g;

function describe({ severity, subject, text }: Notice): string {
  return printable(`${severity}: ${subject ? `${subject}: ` : ""}${text}`, maxLine);
}

function describeGroup(group: readonly Notice[]): string[] {
  const head = commonHead(group.map(({ text }) => text));
  if (group.length === 1 || head === "") return group.map(describe);
  return [
    printable(`${group[0]?.severity}: ${group.length} images: ${head}`, maxLine),
    ...group.toSorted(bySubject).map(({ subject, text }) => {
      const rest = text.slice(head.length).replace(/^[,;:]? /, "");
      return printable(`  ${subject}${rest ? `: ${rest}` : ""}`, maxLine);
    }),
  ];
}

/** They were found in any order. */
function bySubject({ subject: a = "" }: Notice, { subject: b = "" }: Notice): number {
  return a < b ? -1 : Number(a > b);
}

/** What texts begin with alike, up to the end of a clause. */
function commonHead(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  if (length === first.length && others.every((other) => other.length === length)) return first;
  return /^.*(?=[,;:] )/.exec(first.slice(0, length))?.[0] ?? "";
}
