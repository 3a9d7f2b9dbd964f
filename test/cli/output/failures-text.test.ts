import { expect, test } from "vitest";
import { formatFailures } from "../../../src/cli/output/failures-text.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";

function failed(title: string, detail: string, hint?: string): { title: string; error: AirgapError } {
  return { title, error: new AirgapError("ACCESS_DENIED", `Cannot push "${title}": ${detail}`, { hint }) };
}

test("what several images failed for is told once, with its hint and all their names", () => {
  const images = [
    failed("host/a:1", "denied", "Sign in."),
    failed("host/b:1", "gone", "Look."),
    { title: "host/c:1" },
    failed("host/d:1", "denied", "Sign in."),
  ];
  expect(formatFailures(images)).toBe(`Failed:
2 images: [ACCESS_DENIED] denied
  - host/a:1
  - host/d:1
  Sign in.
host/b:1: [ACCESS_DENIED] Cannot push "host/b:1": gone
  Look.
`);
});

test("failures with other hints, or of which the name is not all that differs, stay apart", () => {
  const told = formatFailures([
    failed("a:1", "denied", "Sign in."),
    failed("b:1", "denied", "Ask for access."),
    failed("c:1", "denied"),
  ]);
  expect(told.match(/Cannot push/g)).toHaveLength(3);
});

test("nothing where none failed", () => {
  expect(formatFailures([{ title: "a:1" }])).toBe("");
});
