import { describe, expect, test } from "vitest";
import { formatBytes } from "../../../src/cli/output/byte-size.ts";
import { describeError } from "../../../src/cli/output/error-text.ts";
import { formatTable } from "../../../src/cli/output/table.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [1_234_567, "1.2 MB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [12_345_678_901, "12.3 GB"],
  [5e15, "5000.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

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
