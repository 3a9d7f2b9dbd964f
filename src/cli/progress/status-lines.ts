import { readFileSync } from "node:fs";
import type { Output } from "../terminal.ts";
import { type Shown, shown } from "../output/shown.ts";

export interface StatusLinesOptions {
  readonly stream: Output;
  /** The lines as they are now, each fit for so many columns. */
  readonly render: (columns: number) => readonly string[];
}

/** Milliseconds between two drawings. */
const interval = 200;
const clear = "\r\u{1b}[J";

/**
 * Lines at the end of a terminal's screen that change in place. While they stand, the cursor is at the start of the first of
 * them, shown and with lines that wrap: whatever ends the program leaves the terminal as it was, what others write lies over
 * these lines and no other, and where the width changes the terminal itself keeps the place.
 */
export class StatusLines {
  readonly #options: StatusLinesOptions;
  #timer: NodeJS.Timeout | undefined;
  readonly #leave = (): void => this.#suspend();
  readonly #return = (): void => this.draw();

  constructor(options: StatusLinesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.draw(), interval).unref();
    process.on("SIGTSTP", this.#leave);
    process.on("SIGCONT", this.#return);
  }

  /** Writes a line above these; it wraps as the terminal has it. */
  log(line: Shown): void {
    this.#write(`${clear}${line}`);
    this.draw();
  }

  draw(): void {
    if (!this.#timer || !isInForeground()) return;
    const { stream, render } = this.#options;
    // A terminal that does not tell its size says 0.
    const [columns, rows] = [stream.columns || 80, stream.rows || 24];
    // One column stays free: some terminals wrap as soon as the last one is written to.
    const lines = render(Math.max(columns - 1, 1)).slice(0, Math.max(rows - 1, 1));
    const text = lines.map((line) => `${shown(line)}\u{1b}[K`).join("\n");
    const back = lines.length > 1 ? `\u{1b}[${lines.length - 1}A\r` : "\r";
    if (text) this.#write(`\r${text}\u{1b}[J${back}`);
  }

  /** Takes the lines away, for good. */
  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.off("SIGTSTP", this.#leave);
    process.off("SIGCONT", this.#return);
    this.#write(clear);
  }

  /** Ctrl-Z: a shell finds an empty line; the lines come back with `fg`. */
  #suspend(): void {
    this.#write(clear);
    process.off("SIGTSTP", this.#leave);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", this.#leave);
  }

  /** Made of lines that were shown, and of this module's own sequences. */
  #write(text: string): void {
    this.#options.stream.write(text as Shown);
  }
}

/** Whether the terminal is this job's (proc(5), `pgrp` and `tpgid`); it is a shell's own after `bg`. */
function isInForeground(): boolean {
  try {
    const fields = readFileSync("/proc/self/stat", "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    const [, , group, , , foreground = "-1"] = fields;
    return foreground === "-1" || foreground === group;
  } catch {
    return true;
  }
}
