import { describeNotices } from "../../transfer/report/describe-notices.ts";
import { type Shown, shown } from "./shown.ts";
import { colourFirstWord, wantsColour } from "./colour.ts";
import { countNoun } from "./count-noun.ts";
import { ProgressCounts } from "./progress-counts.ts";
import type { Output } from "../terminal.ts";
import { MultiBar, type SingleBar } from "cli-progress";
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
}

/** Tells a run's events on standard error while it lasts. */
export interface Progress {
  readonly onEvent: OnEvent;
  /** Takes the bars away; to be called before anything else is written. */
  readonly stop: () => void;
}

/** Milliseconds between the lines that say how far a run is, where there are no bars. */
const lineInterval = 10_000;

/** Bars on a terminal, plain lines elsewhere, warnings in any case. */
export function startProgress(options: ProgressOptions): Progress {
  const { stderr, env, quiet } = options;
  const isPlain = env["TERM"] === "dumb" || !["", "0", "false"].includes(env["CI"] ?? "");
  const hasBars = options.bars && stderr.isTTY && !quiet && !isPlain;
  const hasColour = wantsColour({ isTTY: stderr.isTTY, env });
  const counts = new ProgressCounts();
  let bars = hasBars ? new Bars(stderr, counts) : undefined;
  const print = (text: string): void => {
    const line = shown(`${text}\n`);
    const told = hasColour ? colourFirstWord(line) : line;
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
    bars?.update(event);
    if (event.type === "warning") {
      if (!quiet || event.warning.severity === "warning") notices.add(event.warning);
      return;
    }
    const line = describeEvent(event, options, hasBars);
    if (line !== undefined) write(line);
  };
  const stop = (): void => {
    clearInterval(timer);
    notices.flush();
    bars?.stop();
    bars = undefined;
  };
  return { onEvent, stop };
}

/** Nobody should wonder whether a run that is piped into a log still does anything. */
function tellRegularly(counts: ProgressCounts, write: (line: string) => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    const line = counts.describe();
    if (line !== undefined) write(line);
  }, lineInterval);
  return timer.unref();
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
  if (event.type === "synced" && !hasBars) return printable(`${event.outcome} ${event.title}`);
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

/** An archive being read: since when, in milliseconds, and from which byte on. */
interface Scan {
  readonly bar: SingleBar;
  readonly start: number;
  readonly from: number;
}

/** `, 40.0 MB/s, 12 s left`; nothing in the first second, when nothing can be told. */
function describePace(bytes: number, milliseconds: number, total: number | undefined, read: number): string {
  if (milliseconds < 1000 || bytes <= 0) return "";
  const rate = (bytes / milliseconds) * 1000;
  const left = total === undefined ? "" : `, ${Math.ceil((total - read) / rate)} s left`;
  return `, ${formatBytes(Math.round(rate))}/s${left}`;
}

/** One bar for each archive being read, one for all that goes up, one for what is compared. */
class Bars {
  readonly #stream: Output;
  readonly #counts: ProgressCounts;
  readonly #multi: MultiBar;
  readonly #scans = new Map<string, Scan>();
  #checks: SingleBar | undefined;
  #upload: SingleBar | undefined;

  constructor(stream: Output, counts: ProgressCounts) {
    this.#stream = stream;
    this.#counts = counts;
    // cli-progress draws with sequences of its own.
    const canvas: unknown = stream;
    this.#multi = new MultiBar({
      stream: canvas as NodeJS.WriteStream,
      // Whatever ends the program, a terminal whose cursor and line wrap were never touched is as it was; bars are cut to fit.
      hideCursor: false,
      linewrap: true,
      clearOnComplete: true,
      format: "{bar} {percentage}% {name} {value}/{total}{pace}",
      barsize: 20,
      fps: 5,
      formatValue: (value, _options, type) =>
        type === "percentage" ? String(value).padStart(3) : formatBytes(value),
      gracefulExit: false,
    });
  }

  update(event: LoadEvent): void {
    if (event.type === "scanning") this.#scan(event.title, event.read, event.total);
    if (event.type === "scanned") this.#finish(event.title);
    if (event.type === "checked") this.#check(event.done, event.total);
    if (event.type === "uploading" || event.type === "blob" || event.type === "prepared") this.#showUpload();
  }

  #scan(title: string, read: number, total: number | undefined): void {
    const name = `reading ${printable(title)}`;
    const unknown = { format: "{name} {value}{pace}" };
    const known = this.#scans.get(title);
    const form = total === undefined ? unknown : {};
    const bar = known?.bar ?? this.#multi.create(total ?? read, 0, { name, pace: "" }, form);
    const scan = known ?? { bar, start: performance.now(), from: read };
    this.#scans.set(title, scan);
    if (total === undefined) bar.setTotal(read);
    bar.update(read, { pace: describePace(read - scan.from, performance.now() - scan.start, total, read) });
  }

  #check(done: number, total: number): void {
    const format = "{bar} checking {done} of {names}";
    const names = countNoun(total, "name");
    this.#checks ??= this.#multi.create(total, 0, { done, names }, { format });
    this.#checks.update(done, { done, names });
  }

  #finish(title: string): void {
    const scan = this.#scans.get(title);
    if (scan) this.#multi.remove(scan.bar);
  }

  /** By images, whose number the plan knows; how large their blobs are is only known when they are there. */
  #showUpload(): void {
    const { done, planned } = this.#counts.prepared;
    const what = printable(this.#counts.describeUpload());
    this.#upload ??= this.#multi.create(1, 0, { what }, { format: "{bar} uploading {what}" });
    this.#upload.setTotal(Math.max(planned ?? done + 1, 1));
    this.#upload.update(done, { what });
  }

  /** Writes a line above the bars at once: cli-progress keeps it for the next redraw, and forgets it where none comes. */
  log(line: Shown): void {
    if (!this.#multi.isActive) {
      this.#stream.write(line);
      return;
    }
    // A line that wraps comes to lie over bars: they are cleared first.
    this.#multi.log(`\u{1b}[J${line}`);
    this.#multi.update();
  }

  stop(): void {
    this.#multi.stop();
  }
}
