import type { Notice } from "../../../src/content/notice.ts";
import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { exitCodeOf, exitCodeOfReport, exitCodeOfSignal } from "../../../src/cli/output/exit-code.ts";
import { AirgapError } from "../../../src/oci/airgap-error.ts";
import type { ListReport, LoadReport } from "../../../src/transfer/report/report.ts";

test.each([
  ["an error of ours", new AirgapError("USAGE", "x", { exit: "denied" }), 77],
  ["help", new CommanderError(0, "commander.helpDisplayed", ""), 0],
  ["an unknown option", new CommanderError(1, "commander.unknownOption", ""), 64],
  ["a bug", new TypeError("x"), 70],
  ["what is no error", "x", 70],
])("%s", (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

describe("a run that came to its end", () => {
  const done = {} as ListReport;
  const warning: Notice = { severity: "warning", text: "odd" };
  const note: Notice = { severity: "note", text: "odd" };

  test.each([
    ["all done", [done, done], [], false, 0],
    ["nothing to do", [], [], false, 0],
    ["some failed", [done, failed("denied")], [], false, 1],
    ["all failed: what stopped the first", [failed("denied"), failed("protocol")], [], false, 77],
    ["warnings", [done], [warning], false, 0],
    ["warnings, strict", [done], [warning], true, 1],
    ["notes, strict", [done], [note], true, 0],
    ["all failed, strict", [failed("denied")], [warning], true, 77],
  ] as const)("%s", (_, lists, warnings, strict, code) => {
    expect(exitCodeOfReport({ lists, warnings } as unknown as LoadReport, strict)).toBe(code);
  });
});

test.each([
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s is %i, as for a shell", (signal, code) => {
  expect(exitCodeOfSignal(signal)).toBe(code);
});

function failed(exit: "denied" | "protocol"): ListReport {
  return { error: new AirgapError("USAGE", "x", { exit }) } as ListReport;
}
