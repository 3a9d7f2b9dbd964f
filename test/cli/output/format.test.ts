import { describe, expect, test } from "vitest";
import { describeError } from "../../../src/cli/output/error-text.ts";
import { shortPlatform } from "../../../src/cli/output/short-platform.ts";
import { formatDigest, tableFor, wholeTable } from "../../../src/cli/output/table-form.ts";
import { letterDigest } from "../../helpers/load-report.ts";
import { formatTable } from "../../../src/cli/output/table.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";

test("a table's columns are as wide as they must be, and no line ends in blanks", () => {
  expect(
    formatTable([
      ["A", "BB", "C"],
      ["long", "", "x"],
      ["", "y", ""],
    ]),
  ).toBe("A     BB  C\nlong      x\n      y\n");
  expect(formatTable([])).toBe("");
});

test("where a table is too wide for a terminal, the registry of all images is named once", () => {
  const rows = [
    ["", "IMAGE", "DIGEST"],
    ["PASS", "host:5000/rancher/pause:3.1", "abc"],
    ["FAIL", "host:5000/app:1", "-"],
  ];
  expect(formatTable(rows, 41)).toBe(formatTable(rows));
  expect(formatTable(rows, 40)).toBe(
    "      IMAGE AT host:5000  DIGEST\nPASS  rancher/pause:3.1   abc\nFAIL  app:1               -\n",
  );
});

test.each([
  [["host/a:1", "other/a:1"], "several registries"],
  [["host/a:1", "a:1"], "a name without one"],
  [["oci:/srv/images:a:1"], "a folder"],
])("%j stays as it is, however wide: %s", (names) => {
  const rows = [["IMAGE"], ...names.map((name) => [name])];
  expect(formatTable(rows, 5)).toBe(formatTable(rows));
});

test("a table is whole but for a terminal, which has short digests and as many columns as it says", () => {
  expect(tableFor({ isTTY: false, columns: 80 })).toEqual(wholeTable);
  expect(tableFor({ isTTY: true, columns: 60 })).toEqual({ digests: "short", columns: 60 });
  expect(tableFor({ isTTY: true, columns: 0 }).columns).toBe(80);
  const digest = letterDigest("a");
  expect(formatDigest(digest, wholeTable)).toBe(digest);
  expect(formatDigest(digest, { digests: "short", columns: 80 })).toBe("aaaaaaaaaaaa");
  expect(formatDigest(undefined, wholeTable)).toBeUndefined();
});

test.each([
  ["linux/arm/v7", "arm/v7"],
  ["windows/amd64", "windows/amd64"],
])("the platform %s is %s in a table", (platform, word) => {
  expect(shortPlatform(platform)).toBe(word);
});

describe("an error as the operator reads it", () => {
  const cause = new Error("connect ECONNREFUSED\u{1b}[2J", { cause: new TypeError("deeper") });
  const error = new AirgapError("REGISTRY_UNREACHABLE", 'Cannot reach "host"', {
    hint: "Check the cable.",
    cause,
  });

  test("what, where and why, then what to do next", () => {
    expect(describeError(error, false)).toBe(
      'error [REGISTRY_UNREACHABLE]: Cannot reach "host"\nCheck the cable.\n',
    );
    expect(describeError(new AirgapError("USAGE", "Cannot do it"), true)).toBe(
      "error [USAGE]: Cannot do it\n",
    );
  });

  test("--verbose adds the causes, made harmless", () => {
    expect(describeError(error, true)).toBe(
      'error [REGISTRY_UNREACHABLE]: Cannot reach "host"\nCheck the cable.\n' +
        "  caused by Error: connect ECONNREFUSED\\u{1b}[2J\n  caused by TypeError: deeper\n",
    );
  });

  test("causes that go in a circle come to an end", () => {
    const circle: Error = new Error("again");
    circle.cause = circle;
    expect(
      describeError(new AirgapError("USAGE", "x", { cause: circle }), true).match(/again/g),
    ).toHaveLength(5);
  });

  test("a bug asks to be reported, with its trace", () => {
    expect(describeError(new TypeError("x is not a function"), false)).toMatch(
      /^error \[INTERNAL\]: airgap-load met a bug of its own\. Please report it .*:\nTypeError: x is not a function\n {4}at /,
    );
    expect(describeError("just text", false)).toMatch(/:\njust text\n$/);
  });
});
