import { groupBy } from "../../content/group-by.ts";
import type { Notice } from "../../content/notice.ts";
import { printable } from "../../oci/printable.ts";

/** Longest line that is told. */
const maxLine = 2000;

/** What is told of images in the same words, and beside each what is its own: an image ID. */
export interface NoticeGroup extends Pick<Notice, "severity" | "text"> {
  /** None where it is of the run. */
  readonly images: readonly NoticedImage[];
}

interface NoticedImage {
  readonly subject: string;
  /** What is said of it alone, if anything is. */
  readonly text: string;
}

/** What is said of several images in the same words, save for IDs and digests, is said once. */
export function groupNotices(notices: readonly Notice[]): NoticeGroup[] {
  const groups = groupBy<Notice, unknown>(notices, (notice) => {
    const { subject, severity, text } = notice;
    return subject === undefined ? notice : `${severity} ${text.replaceAll(idPattern, "ID")}`;
  });
  return [...groups.values()].flatMap(joinGroup);
}

const idPattern = /\b[0-9a-f]{12,}\b/g;

function joinGroup(group: readonly Notice[]): NoticeGroup[] {
  const head = commonHead(group.map(({ text }) => text));
  if (group.length === 1 || head === "") return group.map(leaveAlone);
  const images = group.toSorted(bySubject).map(({ subject = "", text }) => {
    return { subject, text: text.slice(head.length).replace(/^[,;:]? /, "") };
  });
  return group.slice(0, 1).map(({ severity }) => ({ severity, text: head, images }));
}

function leaveAlone({ severity, subject, text }: Notice): NoticeGroup {
  return { severity, text, images: subject === undefined ? [] : [{ subject, text: "" }] };
}

/** Lines that tell notices, fit to be shown, with a line below for each of several images. */
export function describeNotices(notices: readonly Notice[]): string[] {
  return groupNotices(notices).flatMap(describeGroup);
}

function describeGroup({ severity, text, images }: NoticeGroup): string[] {
  const [first, second] = images;
  if (!second) return [printable(`${severity}: ${first ? `${first.subject}: ` : ""}${text}`, maxLine)];
  return [
    printable(`${severity}: ${images.length} images: ${text}`, maxLine),
    ...images.map((image) => printable(`  ${describeImage(image)}`, maxLine)),
  ];
}

/** An image, with what is said of it alone. */
export function describeImage({ subject, text }: NoticedImage): string {
  return text === "" ? subject : `${subject}: ${text}`;
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
