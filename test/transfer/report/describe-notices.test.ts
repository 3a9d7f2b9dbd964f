import { expect, test } from "vitest";
import { note, type Notice } from "../../../src/content/notice.ts";
import { describeNotices } from "../../../src/transfer/report/describe-notices.ts";

function warning(subject: string, text: string): Notice {
  return { severity: "warning", subject, text };
}

test("what is said of several images in the same words is said once", () => {
  expect(
    describeNotices([warning("a:1", "not in the archives for linux/arm64"), warning("b:1", "another thing")]),
  ).toEqual(["warning: a:1: not in the archives for linux/arm64", "warning: b:1: another thing"]);
  expect(
    describeNotices(["a:1", "b:1"].map((name) => warning(name, "not in the archives for linux/arm64"))),
  ).toEqual(["warning: 2 images: not in the archives for linux/arm64", "  a:1", "  b:1"]);
});

function repaired(id: string): string {
  return `its config says arm, config repaired, image ID ${id} becomes c0ffee`;
}

test("what differs in IDs alone is told beside each image", () => {
  expect(
    describeNotices([warning("a:1", repaired("0123456789ab")), warning("b:1", repaired("0123456789cd"))]),
  ).toEqual([
    "warning: 2 images: its config says arm, config repaired",
    "  a:1: image ID 0123456789ab becomes c0ffee",
    "  b:1: image ID 0123456789cd becomes c0ffee",
  ]);
});

test("what is said of the run, and what has nothing in common, stays as it is", () => {
  const [one, other] = ["0123456789ab", "ba9876543210"].map((id) => warning("a:1", `${id} is left out`));
  expect(describeNotices([note("same"), note("same"), one as Notice, other as Notice])).toEqual([
    "note: same",
    "note: same",
    "warning: a:1: 0123456789ab is left out",
    "warning: a:1: ba9876543210 is left out",
  ]);
});

test("text from archives is made fit to be shown", () => {
  expect(describeNotices(["a:1", "b\u{1b}[2J"].map((name) => warning(name, "odd \u{202e}")))).toEqual([
    "warning: 2 images: odd \\u{202e}",
    "  a:1",
    "  b\\u{1b}[2J",
  ]);
});
