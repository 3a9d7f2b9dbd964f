import type { Shown } from "./shown.ts";

/** Where colours go, and what the environment says of them. */
export interface ColourTarget {
  readonly isTTY?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether colours are wanted (no-color.org, force-color.org): on a terminal that can, unless the environment says otherwise. */
function wantsColour({ isTTY = false, env }: ColourTarget): boolean {
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

/** What gives a text its colours where they are wanted: its first word, where that says how bad it is. */
export function createColouring(target: ColourTarget): (text: Shown) => Shown {
  return wantsColour(target) ? colourFirstWord : (text) => text;
}

function colourFirstWord(text: Shown): Shown {
  const [word = ""] = /^[a-z]+/.exec(text) ?? [];
  const code = codes.get(word);
  // Only what may be shown is coloured, so that the sequence is the one there is.
  return code === undefined ? text : (`\u{1b}[${code}m${word}\u{1b}[0m${text.slice(word.length)}` as Shown);
}
