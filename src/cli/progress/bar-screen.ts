import type { Output } from "../terminal.ts";
import { type Shown, shown } from "../output/shown.ts";

const clear = "\r\u{1b}[J";

/**
 * What cli-progress draws on, in place of its own terminal: that one hides the cursor, or leaves it behind the last bar. Here
 * the cursor is at the start of the first line whenever bars stand, shown and with lines that wrap: whatever ends the
 * program leaves the terminal as it was, what others write lies over these lines and no other, and where the width
 * changes the terminal itself keeps the place.
 */
export class BarScreen {
  readonly #stream: Output;
  #lines: string[] = [];

  constructor(stream: Output) {
    this.#stream = stream;
  }

  /** One column stays free: some terminals wrap as soon as the last one is written to. One that does not tell its size says 0. */
  getWidth(): number {
    return Math.max((this.#stream.columns || 80) - 1, 1);
  }

  /** Lines that there is room for. */
  getHeight(): number {
    return Math.max((this.#stream.rows || 24) - 1, 1);
  }

  isTTY(): boolean {
    return true;
  }

  /** A drawing begins. */
  cursorRelativeReset(): void {
    this.#lines = [""];
  }

  write(text: string): void {
    this.#lines.push(`${this.#lines.pop() ?? ""}${text}`);
  }

  newline(): void {
    this.#lines.push("");
  }

  /** Puts what was drawn on the terminal, at once; lines of bars that are over are left out. */
  show(): void {
    const lines = this.#lines.filter((line) => line !== "");
    if (lines.length === 0) return;
    const text = lines.map((line) => `${shown(line)}\u{1b}[K`).join("\n");
    const back = lines.length > 1 ? `\u{1b}[${lines.length - 1}A\r` : "\r";
    this.#put(`\r${text}\u{1b}[J${back}`);
  }

  /** Writes a line where the bars are, which are to be drawn below it. */
  tell(line: Shown): void {
    this.#put(`${clear}${line}`);
  }

  clearBottom(): void {
    this.#put(clear);
  }

  /** What needs nothing to be done, since a drawing is put out as a whole. */
  readonly cursor: () => void = nothing;
  readonly cursorTo: () => void = nothing;
  readonly clearLine: () => void = nothing;
  readonly clearRight: () => void = nothing;
  readonly lineWrapping: () => void = nothing;

  /** Made of lines that were shown, and of sequences from here. */
  #put(text: string): void {
    this.#stream.write(text as Shown);
  }
}

function nothing(): void {}
