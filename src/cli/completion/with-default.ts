import type { CommandDescription } from "./describe-program.ts";

/** The program as it is called without a command's name: its own options, and all that the default command takes. */
export function withDefault(program: CommandDescription): CommandDescription {
  const byDefault = program.subcommands.find(({ isDefault }) => isDefault);
  if (!byDefault) return program;
  const known = new Set(byDefault.groups.flatMap(({ options }) => options.map(({ flags }) => flags)));
  const own = program.groups.map(({ title, options }) => ({
    title,
    options: options.filter(({ flags }) => !known.has(flags)),
  }));
  return { ...program, arguments: byDefault.arguments, groups: [...byDefault.groups, ...own] };
}
