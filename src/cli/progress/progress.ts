import { describeNotices } from "../../transfer/report/describe-notices.ts";
import { shown } from "../output/shown.ts";
import { createColouring } from "../output/colour.ts";
import { ProgressCounts } from "./progress-counts.ts";
import { drawRow } from "./progress-row.ts";
import { StatusLines } from "./status-lines.ts";
import type { Output } from "../terminal.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { LoadEvent, OnEvent } from "../../transfer/report/events.ts";
import type { ListReport } from "../../transfer/report/report.ts";
import { formatBytes } from "../../content/byte-size.ts";
import type { Notice } from "../../content/notice.ts";

export interface ProgressOptions {
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Bars, where `stderr` is a terminal that can show them. */
  readonly bars: boolean;
  /** Takes the bars away as well, before anybody tells why. */
  readonly signal?: AbortSignal;
}

/** Tells a run's events on standard error while it lasts. */
export interface Progress {
  readonly onEvent: OnEvent;
  /** Takes the bars away; to be called before anything else is written. */
  readonly stop: () => void;
  /** How far the run is, in words. */
  readonly describe: () => string;
}

/** Milliseconds between the lines that say how far a run is, where there are no bars. */
const lineInterval = 10_000;

/** Bars on a terminal, plain lines elsewhere, warnings in any case. */
export function startProgress(options: ProgressOptions): Progress {
  const { stderr, env, quiet } = options;
  const isPlain = env["TERM"] === "dumb" || !["", "0", "false"].includes(env["CI"] ?? "");
  const hasBars = options.bars && stderr.isTTY && !quiet && !isPlain;
  const colour = createColouring({ isTTY: stderr.isTTY, env });
  const counts = new ProgressCounts();
  let bars = hasBars
    ? new StatusLines({ stream: stderr, render: (columns) => drawBars(counts, columns) })
    : undefined;
  const print = (text: string): void => {
    const told = colour(shown(`${text}\n`));
    if (bars) bars.log(told);
    else stderr.write(told);
  };
  const notices = new NoticeGroups(print);
  const write = (text: string): void => {
    notices.flush();
    print(text);
  };
  const timer = hasBars || quiet ? undefined : tellRegularly(counts, write);
  const onEvent = (event: LoadEvent): void => {
    counts.count(event);
    if (event.type === "warning") {
      if (!quiet || event.warning.severity === "warning") notices.add(event.warning);
      return;
    }
    const line = describeEvent(event, options, hasBars);
    if (line !== undefined) write(line);
  };
  let end: string | undefined;
  // What is cut short then ends as if it were done.
  const interrupt = (): void => {
    end = counts.describeEnd();
    stop();
  };
  const stop = (): void => {
    options.signal?.removeEventListener("abort", interrupt);
    clearInterval(timer);
    notices.flush();
    bars?.stop();
    bars = undefined;
  };
  options.signal?.addEventListener("abort", interrupt);
  return { onEvent, stop, describe: () => end ?? counts.describeEnd() };
}

/** Nobody should wonder whether a run that is piped into a log still does anything. */
function tellRegularly(counts: ProgressCounts, write: (line: string) => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    const line = counts.describe();
    if (line !== undefined) write(line);
  }, lineInterval);
  return timer.unref();
}

/** More would hide what else is on the screen. */
const mostBars = 6;

function drawBars(counts: ProgressCounts, columns: number): string[] {
  const rows = counts.rows();
  const beyond = rows.length > mostBars ? [`and ${rows.length - mostBars} more`] : [];
  return [...rows.slice(0, mostBars).map((row) => drawRow(row, columns)), ...beyond];
}

function describeEvent(
  event: LoadEvent,
  { quiet, verbose }: ProgressOptions,
  hasBars: boolean,
): string | undefined {
  if (quiet) return undefined;
  if (event.type === "scanned") {
    return `read ${printable(event.title)}: ${event.images} ${event.images === 1 ? "image" : "images"}`;
  }
  if (event.type === "blob" && verbose) {
    return `${event.outcome} ${event.digest} ${formatBytes(event.size)} in ${event.repository}`;
  }
  if (event.type === "list" && !hasBars) return describeList(event.list);
  if (event.type === "synced" && !hasBars) return describeSynced(event);
  return undefined;
}

/** Notices that come at once are told together, so that what holds for many images is said once. */
class NoticeGroups {
  readonly #print: (line: string) => void;
  #waiting: Notice[] = [];

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  add(notice: Notice): void {
    if (this.#waiting.push(notice) === 1) queueMicrotask(() => this.flush());
  }

  flush(): void {
    const lines = describeNotices(this.#waiting);
    this.#waiting = [];
    for (const line of lines) this.#print(line);
  }
}

function describeSynced({ outcome, title, error }: Extract<LoadEvent, { type: "synced" }>): string {
  return printable(`${outcome} ${title}${error ? `: [${error.code}] ${error.message}` : ""}`, 2000);
}

function describeList(list: ListReport): string {
  const { title, digest, cells, error, outcome } = list;
  const what = cells.map(({ platform, outcome }) => `${formatPlatform(platform)} ${outcome}`).join(", ");
  return printable(
    error
      ? `failed ${title}: [${error.code}] ${error.message}`
      : `${outcome} ${title} ${digest ?? ""}${what === "" ? "" : ` (${what})`}`,
    2000,
  );
}
