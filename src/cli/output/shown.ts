import { stringifyJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";

declare const shownText: unique symbol;

/**
 * Text that may go to a terminal, a pipe or a file as it is: only this module makes it, and a terminal's streams take nothing
 * else, so that the compiler finds whoever would show text from outside raw.
 */
export type Shown = string & { readonly [shownText]: true };

/** Lines to be shown: ends of lines and tabs stay, whatever else a terminal obeys or a reader is deceived by does not. */
export function shown(text: string): Shown {
  const parts = text.split(/([\n\t])/);
  return parts
    .map((part, at) => (at % 2 ? part : printable(part, Number.POSITIVE_INFINITY)))
    .join("") as Shown;
}

/** A value as JSON, indented, with an end of line: every string in it comes back as it was. */
export function shownJson(value: unknown): Shown {
  return shown(`${stringifyJson(value, 2)}\n`);
}
