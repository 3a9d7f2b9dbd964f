import { expect, test } from "vitest";
import { AirgapError, maskUserInfo } from "../../src/oci/airgap-error.ts";

const hostile = "x\u{1b}[31m\r\nerror [OK]: forged\u{202e}\u{9b}";

test("whoever makes an error, no name in it reaches the terminal as it is", () => {
  const error = new AirgapError("USAGE", `Cannot read "${hostile}"`, { hint: `Look at ${hostile}` });
  expect(error.message).toBe('Cannot read "x\\u{1b}[31m\\u{d}\\u{a}error [OK]: forged\\u{202e}\\u{9b}"');
  expect(error.hint).toBe("Look at x\\u{1b}[31m\\u{d}\\u{a}error [OK]: forged\\u{202e}\\u{9b}");
});

test("a message of several lines has those lines and no others", () => {
  const { message } = new AirgapError("USAGE", ["Cannot do two things:", `  - ${hostile}`, "  - b"]);
  expect(message.split("\n")).toHaveLength(3);
});

test.each([
  ['Cannot use registry "user:p/w@host:5000"', 'Cannot use registry "***@host:5000"'],
  ["want docker://HOST/NAME[:TAG|@DIGEST]", "want docker://HOST/NAME[:TAG|@DIGEST]"],
  ["Cannot read docker://user:pw@host/app:1", "Cannot read docker://***@host/app:1"],
  ["Cannot read docker://host:5000/app:1@sha256:00", "Cannot read docker://host:5000/app:1@sha256:00"],
  ["Cannot read a@user:pw@host:5000/app@sha256:00", "Cannot read a@***@host:5000/app@sha256:00"],
  [`Cannot read token:${"e".repeat(9000)}@host/app:1`, "Cannot read ***@host/app:1"],
])("a password in an address is not told: %s", (message, told) => {
  expect(new AirgapError("INTERNAL", message).message).toBe(told);
});

test("megabytes without a password are looked through in no time", () => {
  for (const part of ["a", "a/", "a:", "a:b/", "://", "a:b@sha256:", "a/b@"]) {
    const text = part.repeat(500_000);
    expect(maskUserInfo(text) === text).toBe(true);
  }
});
