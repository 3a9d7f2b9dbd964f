import { printableLines } from "../../oci/printable.ts";
import { jsonSlices } from "./json/json-slices.ts";

declare const shownText: unique symbol;

/**
 * Text that may go to a terminal, a pipe or a file as it is: only this module makes it, and a terminal's streams take nothing
 * else, so that the compiler finds whoever would show text from outside raw.
 */
export type Shown = string & { readonly [shownText]: true };

/** Lines to be shown: ends of lines and tabs stay, whatever else a terminal obeys or a reader is deceived by does not. */
export function shown(text: string): Shown {
  return printableLines(text) as Shown;
}

/** An object as JSON, indented, with an end of line: every string in it comes back as it was. */
export function shownJson(value: Readonly<Record<string, unknown>>): Shown {
  return [...shownJsonSlices(value)].join("") as Shown;
}

/** The same in pieces, where there is something of each of very many images. */
export function shownJsonSlices(value: Readonly<Record<string, unknown>>): Iterable<Shown> {
  return shownSlices(jsonSlices(value));
}

/** Characters that are written at once. */
const writtenAtOnce = 64 * 1024;

/** What comes in many pieces, in fewer. */
export function* shownSlices(pieces: Iterable<string>): Generator<Shown> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < writtenAtOnce) continue;
    yield shown(text);
    text = "";
  }
  if (text !== "") yield shown(text);
}

/** Writes what was made to be shown, whole or in pieces. */
export function writeShown(output: { write(chunk: Shown): boolean }, told: Shown | Iterable<Shown>): void {
  for (const piece of typeof told === "string" ? [told] : told) output.write(piece);
}
