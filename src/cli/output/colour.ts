import type { Shown } from "./shown.ts";

/** Where colours go, and what the environment says of them. */
export interface ColourTarget {
  readonly isTTY?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether colours are wanted (no-color.org, force-color.org): on a terminal that can, unless the environment says otherwise. */
export function wantsColour({ isTTY = false, env }: ColourTarget): boolean {
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return isTTY && env["TERM"] !== "dumb";
}

const codes = new Map([
  ["error", 31],
  ["failed", 31],
  ["warning", 33],
]);

/** The same text with its first word coloured, where that says how bad it is. */
export function colourFirstWord(text: Shown): Shown {
  const [word = ""] = /^[a-z]+/.exec(text) ?? [];
  const code = codes.get(word);
  // Only what may be shown is coloured, so that the sequence is the one there is.
  return code === undefined ? text : (`\u{1b}[${code}m${word}\u{1b}[0m${text.slice(word.length)}` as Shown);
}
