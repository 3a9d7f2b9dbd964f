import { printable } from "./printable.ts";

/** One word of a command to paste into a shell, quoted where it has to be; what would have an effect of its own is escaped. */
export function shellWord(word: string): string {
  const safe = printable(word, Number.POSITIVE_INFINITY);
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`;
}
