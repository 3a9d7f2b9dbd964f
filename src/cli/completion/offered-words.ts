import type { CommandDescription } from "./describe-program.ts";

/** What can come right behind a command's own words: commands below it, or the choices of its first argument. */
export function offeredWords({
  words,
  subcommands,
  arguments: [first],
}: CommandDescription): readonly string[] {
  if (subcommands.length === 0) return first?.choices ?? [];
  return subcommands.map((subcommand) => subcommand.words[words.length] ?? "");
}
