import { readFileSync } from "node:fs";
import cliProgress, { type MultiBar, type Options, type SingleBar } from "cli-progress";
import type { Output } from "../terminal.ts";
import type { Shown } from "../output/shown.ts";
import { BarScreen } from "./bar-screen.ts";

export interface StatusLinesOptions {
  readonly stream: Output;
  /** The lines as they are now, each fit for so many columns. */
  readonly render: (columns: number) => readonly string[];
}

const drawingsPerSecond = 5;

/** Lines at the end of a terminal's screen that change in place: cli-progress' bars, each of which shows one. */
export class StatusLines {
  readonly #render: (columns: number) => readonly string[];
  readonly #screen: BarScreen;
  readonly #multi: MultiBar;
  readonly #bars: SingleBar[] = [];
  readonly #leave = (): void => this.#suspend();
  readonly #return = (): void => this.draw();

  constructor({ stream, render }: StatusLinesOptions) {
    this.#render = render;
    this.#screen = new BarScreen(stream);
    // Its types do not have the option.
    const options: Options & { readonly terminal: BarScreen } = {
      terminal: this.#screen,
      format: (_options, _params, { text }: { readonly text: string }) => text,
      fps: drawingsPerSecond,
      forceRedraw: true,
      clearOnComplete: true,
    };
    this.#multi = new cliProgress.MultiBar(options);
    this.#multi.on("update-pre", () => this.#fill());
    this.#multi.on("redraw-post", () => {
      if (isInForeground()) this.#screen.show();
    });
    this.#addBar();
    process.on("SIGTSTP", this.#leave);
    process.on("SIGCONT", this.#return);
  }

  /** Writes a line above these; it wraps as the terminal has it. */
  log(line: Shown): void {
    this.#screen.tell(line);
    this.draw();
  }

  draw(): void {
    if (this.#multi.isActive) this.#multi.update();
  }

  /** Takes the lines away, for good. */
  stop(): void {
    if (!this.#multi.isActive) return;
    process.off("SIGTSTP", this.#leave);
    process.off("SIGCONT", this.#return);
    this.#multi.stop();
  }

  #addBar(): void {
    this.#bars.push(this.#multi.create(1, 0, { text: "" }));
  }

  /** Bars stay, those that have no line now with an empty one: cli-progress draws whenever one is removed. */
  #fill(): void {
    const lines = this.#render(this.#screen.getWidth()).slice(0, this.#screen.getHeight());
    while (this.#bars.length < lines.length) this.#addBar();
    for (const [at, bar] of this.#bars.entries()) bar.update({ text: lines[at] ?? "" });
  }

  /** Ctrl-Z: a shell finds an empty line; the lines come back with `fg`. */
  #suspend(): void {
    this.#screen.clearBottom();
    process.off("SIGTSTP", this.#leave);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", this.#leave);
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
