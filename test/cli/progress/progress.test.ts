import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type ProgressOptions, startProgress } from "../../../src/cli/progress/progress.ts";
import { CountTask } from "../../../src/transfer/report/count-task.ts";
import type { LoadEvent } from "../../../src/transfer/report/events.ts";
import { createFakeTerminal } from "../../helpers/processes/fake-terminal.ts";
import { denial, letterDigest, listReport } from "../../helpers/load-report.ts";

const digest = letterDigest("a");
const facts = { writer: "containerd", compression: "gzip", size: 10, sha256: undefined };
const events: readonly LoadEvent[] = [
  { type: "scanning", title: "a.tar", read: 5, total: 10 },
  { type: "scanned", title: "a.tar", images: 3, names: 3, facts },
  { type: "warning", warning: { severity: "note", text: "speaking http" } },
  { type: "warning", warning: { severity: "warning", subject: "a:1", text: "its config says \u{1b}[2J" } },
  { type: "uploading", digest, size: 10, sent: 5 },
  { type: "blob", digest, size: 1500, repository: "a", outcome: "pushed" },
  { type: "list", list: listReport("a:1", { amd64: "pushed", arm64: "kept" }, { digest }) },
  { type: "list", list: listReport("b:1", { amd64: "failed" }, { error: denial }) },
];

function tell(
  told: readonly LoadEvent[],
  options: Partial<ProgressOptions> & { isTTY?: boolean } = {},
): string {
  const { isTTY = false, ...rest } = options;
  const terminal = createFakeTerminal({ isTTY, env: { NO_COLOR: "1" } });
  const progress = startProgress({
    ...terminal,
    quiet: false,
    verbose: false,
    bars: true,
    ...rest,
  });
  for (const event of told) progress.onEvent(event);
  progress.stop();
  return terminal.written.stderr;
}

describe("piped: plain lines", () => {
  test("what was read, what is odd, what was published", () => {
    expect(`\n${tell(events)}`).toMatchInlineSnapshot(`
      "
      read a.tar: 3 images
      note: speaking http
      warning: a:1: its config says \\u{1b}[2J
      pushed host:5000/a:1 sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (linux/amd64 pushed, linux/arm64 kept)
      failed host:5000/b:1: [ACCESS_DENIED] Cannot push "host:5000/b:1": denied
      "
    `);
  });

  test("--verbose adds a line for every blob", () => {
    expect(tell(events, { verbose: true })).toContain(`pushed ${digest} 1.5 kB in a\n`);
  });

  test("what is told of several images at once is told in one place, before what comes after it", () => {
    const told = ["a:1", "b:1"].map((subject): LoadEvent => {
      return { type: "warning", warning: { severity: "warning", subject, text: "it is odd" } };
    });
    expect(tell([...told, { type: "scanned", title: "a.tar", images: 3, names: 3, facts }])).toBe(
      "warning: 2 images: it is odd\n  a:1\n  b:1\nread a.tar: 3 images\n",
    );
  });

  test("--quiet leaves warnings", () => {
    expect(tell(events, { quiet: true })).toBe("warning: a:1: its config says \\u{1b}[2J\n");
  });

  test("a list that stays as it was is not said to be published", () => {
    const list = listReport("a:1", { amd64: "unchanged", arm64: "kept" }, { digest });
    expect(tell([{ type: "list", list }])).toMatch(/^unchanged host:5000\/a:1 /);
  });

  test("a signature has no platforms", () => {
    const list = listReport("a:sha256-x.sig", {}, { digest });
    expect(tell([{ type: "list", list }])).toBe(`unchanged host:5000/a:sha256-x.sig ${digest}\n`);
  });

  test("how far it is comes every ten seconds, and never goes back", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const terminal = createFakeTerminal();
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    progress.onEvent({ type: "planned", images: 4, names: [] });
    progress.onEvent({ type: "uploading", digest, size: 5000, sent: 4000 });
    progress.onEvent({ type: "uploading", digest, size: 5000, sent: 0 });
    progress.onEvent({ type: "blob", digest, size: 10, repository: "rancher/pause", outcome: "pushed" });
    progress.onEvent({ type: "prepared", target: { repository: "rancher/pause", tag: "1" } });
    vi.advanceTimersByTime(10_000);
    expect(terminal.written.stderr).toMatch(/^uploading: 1 of 4 images, 1 blob, 4\.0 kB sent\n$/);
    progress.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("one image is one image", () => {
    expect(tell([{ type: "scanned", title: "a.tar", images: 1, names: 1, facts }])).toBe(
      "read a.tar: 1 image\n",
    );
  });
});

describe("on a terminal: bars", () => {
  afterEach(() => vi.useRealTimers());

  test("lines come at once and none is lost, whether a bar is there or not", async () => {
    vi.useFakeTimers();
    const terminal = createFakeTerminal({ isTTY: true, env: { NO_COLOR: "1" } });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    for (const event of events.slice(2, 4)) {
      progress.onEvent(event);
      await Promise.resolve();
      expect(terminal.written.stderr).toContain(event.type === "warning" ? event.warning.severity : "");
    }
    progress.onEvent({ type: "scanning", title: "a.tar", read: 5, total: 10 });
    progress.onEvent({ type: "warning", warning: { severity: "warning", text: "the last word" } });
    progress.stop();
    expect(terminal.written.stderr).toContain("warning: the last word\n");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("archives being read and bytes going up have a bar; lists wait for the table", () => {
    vi.useFakeTimers();
    const terminal = createFakeTerminal({ isTTY: true, env: { NO_COLOR: "1" } });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    for (const event of events.filter(({ type }) => type !== "scanned")) progress.onEvent(event);
    vi.advanceTimersByTime(1000);
    expect(terminal.written.stderr).toContain("reading a.tar: 5 B of 10 B");
    expect(terminal.written.stderr).toContain("uploading: 0 images, 1 blob, 5 B sent");
    expect(terminal.written.stderr).not.toContain("published");
    progress.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a bar of what is read tells how fast it is and how long it will take, a second after it began", () => {
    vi.useFakeTimers();
    const terminal = createFakeTerminal({ isTTY: true, env: { NO_COLOR: "1" } });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    progress.onEvent({ type: "scanning", title: "a.tar", read: 0, total: 40_000_000 });
    progress.onEvent({ type: "scanning", title: "standard input", read: 0, total: undefined });
    vi.advanceTimersByTime(1999);
    progress.onEvent({ type: "scanning", title: "a.tar", read: 20_000_000, total: 40_000_000 });
    progress.onEvent({ type: "scanning", title: "standard input", read: 4_000_000, total: undefined });
    vi.advanceTimersByTime(1);
    progress.stop();
    expect(terminal.written.stderr).toContain("reading a.tar: 20.0 MB of 40.0 MB, 10.0 MB/s, 2 s left");
    expect(terminal.written.stderr).toContain("reading standard input: 4.0 MB, 2.0 MB/s");
  });

  test("a bar of what is counted tells how long the rest will take", () => {
    vi.useFakeTimers();
    const terminal = createFakeTerminal({ isTTY: true, env: { NO_COLOR: "1" } });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    const told = { activity: "looking through", title: "the registry", noun: "repository" } as const;
    const task = new CountTask(told, progress.onEvent, 300);
    vi.advanceTimersByTime(1999);
    for (let done = 0; done < 100; done++) task.add();
    vi.advanceTimersByTime(1);
    task.end();
    vi.advanceTimersByTime(1000);
    progress.stop();
    expect(terminal.written.stderr).toContain(
      "33% looking through the registry: 100 of 300 repositories, 4 s left",
    );
    expect(terminal.written.stderr).toMatch(/left[^a-z]*$/);
  });

  test("what is compared with a registry has a bar", () => {
    vi.useFakeTimers();
    const terminal = createFakeTerminal({ isTTY: true, env: { NO_COLOR: "1" } });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    progress.onEvent({ type: "checked", done: 3, total: 8 });
    vi.advanceTimersByTime(1000);
    progress.stop();
    expect(terminal.written.stderr).toContain("checking: 3 of 8 names");
  });

  test("what is told after the bars are taken away comes as a line, and keeps no timer", async () => {
    vi.useFakeTimers();
    const terminal = createFakeTerminal({ isTTY: true, env: { NO_COLOR: "1" } });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    progress.onEvent({ type: "scanning", title: "a.tar", read: 5, total: undefined });
    progress.stop();
    progress.onEvent({ type: "warning", warning: { severity: "warning", text: "late" } });
    progress.onEvent({ type: "scanning", title: "a.tar", read: 6, total: undefined });
    await Promise.resolve();
    expect(terminal.written.stderr.endsWith("warning: late\n")).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("--no-progress and --quiet have none", () => {
    expect(tell(events, { isTTY: true, bars: false })).toBe(tell(events));
    expect(tell(events, { isTTY: true, quiet: true })).toBe(tell(events, { quiet: true }));
  });

  test.each([{ TERM: "dumb" }, { CI: "true" }])("%j has none either", (env) => {
    const terminal = createFakeTerminal({ isTTY: true, env });
    const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: true });
    for (const event of events) progress.onEvent(event);
    progress.stop();
    expect(terminal.written.stderr).not.toContain("uploading");
  });

  test("the cursor and the wrapping of lines are never touched, so that nothing can leave them wrong", () => {
    vi.useFakeTimers();
    const told = tell(events, { isTTY: true });
    expect(told).not.toContain("[?7");
    expect(told).not.toContain("[?25");
  });

  test("warnings and failures are coloured, unless the environment says otherwise", () => {
    const warnings = events.filter(({ type }) => type === "warning");
    const written = (env: Record<string, string>, isTTY: boolean): string => {
      const terminal = createFakeTerminal({ isTTY, env });
      const progress = startProgress({ ...terminal, quiet: false, verbose: false, bars: false });
      for (const event of warnings) progress.onEvent(event);
      progress.stop();
      return terminal.written.stderr;
    };
    const coloured = "\u{1b}[33mwarning\u{1b}[0m: a:1";
    expect(written({}, true)).toContain(coloured);
    expect(written({ NO_COLOR: "1" }, true)).not.toContain(coloured);
    expect(written({}, false)).not.toContain(coloured);
    expect(written({ FORCE_COLOR: "1" }, false)).toContain(coloured);
  });
});
