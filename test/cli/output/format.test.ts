import { describe, expect, test } from "vitest";
import { describeError } from "../../../src/cli/output/error-text.ts";
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
