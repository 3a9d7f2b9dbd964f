import { shown } from "./shown.ts";
import type { Output } from "../terminal.ts";
import { MultiBar, type SingleBar } from "cli-progress";
import { formatPlatform } from "../../oci/platform.ts";
import { printable } from "../../oci/printable.ts";
import type { LoadEvent, OnEvent } from "../../transfer/report/events.ts";
import type { Notice } from "../../transfer/report/notice.ts";
import type { ListReport } from "../../transfer/report/report.ts";
import { formatBytes } from "./byte-size.ts";

export interface ProgressOptions {
  readonly stderr: Output;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Bars, where `stderr` is a terminal. */
  readonly bars: boolean;
}

/** Tells a run's events on standard error while it lasts. */
export interface Progress {
  readonly onEvent: OnEvent;
  /** Takes the bars away; to be called before anything else is written. */
  readonly stop: () => void;
}

/** Bars on a terminal, plain lines elsewhere, warnings in any case. */
export function startProgress(options: ProgressOptions): Progress {
  const hasBars = options.bars && options.stderr.isTTY && !options.quiet;
  let bars = hasBars ? new Bars(options.stderr) : undefined;
  const onEvent = (event: LoadEvent): void => {
    bars?.update(event);
    const line = describeEvent(event, options, hasBars);
    if (line === undefined) return;
    if (bars) bars.log(line);
    else options.stderr.write(shown(`${line}\n`));
  };
  const stop = (): void => {
    bars?.stop();
    bars = undefined;
  };
  return { onEvent, stop };
}

function describeEvent(
  event: LoadEvent,
  { quiet, verbose }: ProgressOptions,
  hasBars: boolean,
): string | undefined {
  if (event.type === "warning") return describeWarning(event.warning, quiet);
  if (quiet) return undefined;
  if (event.type === "scanned")
    return `read ${printable(event.title)}: ${event.images} ${event.images === 1 ? "image" : "images"}`;
  if (event.type === "blob" && verbose)
    return `${event.outcome} ${event.digest} ${formatBytes(event.size)} in ${event.repository}`;
  if (event.type === "list" && !hasBars) return describeList(event.list);
  if (event.type === "synced" && !hasBars) return printable(`${event.outcome} ${event.title}`);
  return undefined;
}

function describeWarning({ severity, subject, text }: Notice, quiet: boolean): string | undefined {
  if (quiet && severity === "note") return undefined;
  return printable(`${severity}: ${subject ? `${subject}: ` : ""}${text}`, 2000);
}

function describeList(list: ListReport): string {
  const { title, digest, cells, error, outcome } = list;
  const what = cells.map(({ platform, outcome }) => `${formatPlatform(platform)} ${outcome}`).join(", ");
  return printable(
    error
      ? `failed ${title}: ${error.message}`
      : `${outcome} ${title} ${digest ?? ""}${what === "" ? "" : ` (${what})`}`,
    2000,
  );
}

/** One bar for each archive being read, one for all bytes going up. */
class Bars {
  readonly #stream: Output;
  readonly #multi: MultiBar;
  readonly #scans = new Map<string, SingleBar>();
  readonly #blobs = new Map<string, number>();
  #sent = 0;
  #size = 0;
  #upload: SingleBar | undefined;

  constructor(stream: Output) {
    this.#stream = stream;
    // cli-progress draws with sequences of its own.
    const canvas: unknown = stream;
    this.#multi = new MultiBar({
      stream: canvas as NodeJS.WriteStream,
      hideCursor: true,
      clearOnComplete: true,
      format: "{bar} {percentage}% {name} {value}/{total}",
      barsize: 30,
      fps: 5,
      formatValue: (value, _options, type) =>
        type === "percentage" ? String(value).padStart(3) : formatBytes(value),
      gracefulExit: false,
    });
  }

  update(event: LoadEvent): void {
    if (event.type === "scanning") this.#scan(event.title, event.read, event.total);
    if (event.type === "scanned") this.#finish(event.title);
    if (event.type === "uploading") this.#send(event.digest, event.size, event.sent);
  }

  #scan(title: string, read: number, total: number | undefined): void {
    const known = this.#scans.get(title);
    const bar = known ?? this.#multi.create(total ?? read, 0, { name: `reading ${printable(title)}` });
    this.#scans.set(title, bar);
    if (total === undefined) bar.setTotal(read);
    bar.update(read);
  }

  #finish(title: string): void {
    const bar = this.#scans.get(title);
    if (bar) this.#multi.remove(bar);
  }

  #send(digest: string, size: number, sent: number): void {
    const before = this.#blobs.get(digest);
    if (before === undefined) this.#size += size;
    this.#sent += sent - (before ?? 0);
    this.#blobs.set(digest, sent);
    this.#upload ??= this.#multi.create(size, 0, { name: "uploading" });
    this.#upload.setTotal(this.#size);
    this.#upload.update(this.#sent);
  }

  /** Writes a line above the bars at once: cli-progress keeps it for the next redraw, and forgets it where none comes. */
  log(line: string): void {
    if (!this.#multi.isActive) {
      this.#stream.write(shown(`${line}\n`));
      return;
    }
    this.#multi.log(shown(`${line}\n`));
    this.#multi.update();
  }

  stop(): void {
    this.#multi.stop();
  }
}
