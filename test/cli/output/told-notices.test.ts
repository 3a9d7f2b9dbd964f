import { expect, test } from "vitest";
import { writeJson } from "../../../src/cli/output/json/write-json.ts";
import { tellAtOnce } from "../../../src/cli/output/tell-at-once.ts";
import { note } from "../../../src/content/notice.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";

test("a program is told once what the operator was told, however often that was", () => {
  const terminal = createFakeTerminal();
  const odd = { severity: "warning", subject: "app:1", text: "odd" } as const;
  for (const notice of [odd, note("odd"), odd, { ...odd, subject: "app:2" }]) terminal.notices.add(notice);
  writeJson(terminal, { version: 1 });
  expect(JSON.parse(terminal.written.stdout)).toEqual({
    version: 1,
    warnings: [odd, note("odd"), { ...odd, subject: "app:2" }],
  });
});

test("where the archive goes to standard output, a program is told on standard error", () => {
  const terminal = createFakeTerminal();
  writeJson(terminal, { version: 1 }, terminal.stderr);
  expect([terminal.written.stdout, JSON.parse(terminal.written.stderr)]).toEqual([
    "",
    { version: 1, warnings: [] },
  ]);
});

test("what is told before a command is at work is told in the words and colours of all that is told", () => {
  const terminal = createFakeTerminal({ isTTY: true });
  const odd = { severity: "warning", subject: "app:1", text: "odd" } as const;
  tellAtOnce(odd, terminal);
  expect(terminal.written.stderr).toBe("\u001b[33mwarning\u001b[0m: app:1: odd\n");
  expect(terminal.notices.list()).toEqual([odd]);
});
