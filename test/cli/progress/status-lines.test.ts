import { expect, onTestFinished, test, vi } from "vitest";
import { StatusLines } from "../../../src/cli/progress/status-lines.ts";
import { shown } from "../../../src/cli/output/shown.ts";
import { createFakeTerminal, type FakeTerminal } from "../../helpers/processes/fake-terminal.ts";

function start(render: (columns: number) => string[]): { lines: StatusLines; terminal: FakeTerminal } {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const terminal = createFakeTerminal({ isTTY: true });
  return { lines: new StatusLines({ stream: terminal.stderr, render }), terminal };
}

test("after every drawing the cursor is at the start of the first line, and no mode of the terminal is touched", () => {
  const { lines, terminal } = start(() => ["one", "two"]);
  vi.advanceTimersByTime(200);
  lines.stop();
  expect(terminal.written.stderr).toBe("\rone\u{1b}[K\ntwo\u{1b}[K\u{1b}[J\u{1b}[1A\r\r\u{1b}[J");
});

test("a line that is told comes above, the lines after it", () => {
  const { lines, terminal } = start(() => ["one"]);
  lines.log(shown("warning: odd\n"));
  expect(terminal.written.stderr).toBe("\r\u{1b}[Jwarning: odd\n\rone\u{1b}[K\u{1b}[J\r");
  lines.stop();
});

test("the lines come back after fg, and take no more than the screen has", () => {
  const { lines, terminal } = start((columns) => Array.from({ length: 99 }, () => `${columns}`));
  Object.assign(terminal.stderr, { columns: 61, rows: 4 });
  process.emit("SIGCONT", "SIGCONT");
  expect(terminal.written.stderr.match(/60/g)).toHaveLength(3);
  lines.stop();
});

function countListeners(): number {
  return process.listenerCount("SIGCONT") + process.listenerCount("SIGTSTP");
}

test("nothing is drawn, and no timer and no listener is left, once they are stopped", () => {
  const before = countListeners();
  const { lines, terminal } = start(() => ["one"]);
  lines.stop();
  const { stderr } = terminal.written;
  lines.draw();
  lines.stop();
  expect(terminal.written.stderr).toBe(stderr);
  expect(vi.getTimerCount()).toBe(0);
  expect(countListeners()).toBe(before);
});

test("a line that is no longer needed leaves nothing behind", () => {
  let rows = ["one", "two"];
  const { lines, terminal } = start(() => rows);
  lines.draw();
  rows = ["one"];
  const { length } = terminal.written.stderr;
  lines.draw();
  expect(terminal.written.stderr.slice(length)).toBe("\rone\u{1b}[K\u{1b}[J\r");
  lines.stop();
});
