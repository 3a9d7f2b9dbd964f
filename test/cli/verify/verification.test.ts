import { expect, test } from "vitest";
import { type CheckedList, formatVerification } from "../../../src/cli/verify/verification.ts";
import { tableFor, type TableForm } from "../../../src/cli/output/table-form.ts";
import { parsePlatform, unknownPlatform } from "../../../src/oci/platform.ts";
import type { VerifiedImage } from "../../../src/transfer/verify/verify-image.ts";
import { letterDigest } from "../../helpers/load-report.ts";

const onTerminal = tableFor({ isTTY: true, columns: 200 });
const digest = letterDigest("a");

function image(
  platform: string,
  problems: readonly string[] = [],
  notes: readonly string[] = [],
): VerifiedImage {
  return { platform: platform === "" ? unknownPlatform : parsePlatform(platform), problems, notes };
}

function list(title: string, images: readonly VerifiedImage[], more: Partial<CheckedList> = {}): CheckedList {
  return { source: title, title, images, ...more };
}

/** The rows, without padding. */
function rowsOf(lists: readonly CheckedList[], form?: TableForm): string[] {
  const lines = formatVerification(lists, form).split("\n");
  return lines.slice(1, 1 + lists.length).map((line) => line.replaceAll(/ {2,}/g, " | "));
}

test("a name is one line: what it passed for and its digest, short where a terminal is", () => {
  const sound = list("a:1", [image("linux/arm64"), image("linux/arm/v7"), image("windows/amd64")], {
    digest,
  });
  expect(rowsOf([sound])).toEqual([`PASS | a:1 | arm64 arm/v7 windows/amd64 | ${digest}`]);
  expect(rowsOf([sound], onTerminal)).toEqual(["PASS | a:1 | arm64 arm/v7 windows/amd64 | aaaaaaaaaaaa"]);
});

test("what is wrong is said once where it holds for all, and with the platforms that it holds for where not", () => {
  const missing = "there is no such tag";
  expect(
    rowsOf([
      list("a:1", [image("amd64", [missing]), image("arm64", [missing])], { where: "list.txt line 3" }),
      list("b:1", [image("amd64", ["odd"]), image("arm64", ["odd", "late"]), image("arm")], {
        digest,
        where: "list.txt line 4",
      }),
      list("c:1", [image("", ["its index is not there"]), image("amd64")], { digest }),
    ]),
  ).toEqual([
    `FAIL | a:1 | - | ${missing} (list.txt line 3)`,
    "FAIL | b:1 | arm | amd64, arm64: odd; arm64: late",
    "FAIL | c:1 | amd64 | its index is not there",
  ]);
});

test("what is odd and does no harm stands behind the digest, and names are counted", () => {
  const lists = [
    list("a:1", [image("amd64", [], ["signed by x"]), image("arm64", [], ["signed by x", "old"])], {
      digest,
    }),
    list("b:1", [image("amd64", ["odd"], ["old"])]),
  ];
  expect(rowsOf(lists, onTerminal)).toEqual([
    "PASS | a:1 | amd64 arm64 | aaaaaaaaaaaa | signed by x | arm64: old",
    "FAIL | b:1 | - | odd; old",
  ]);
  expect(formatVerification(lists)).toMatch(/\n\n2 images: 1 passed, 1 failed\n$/);
});
