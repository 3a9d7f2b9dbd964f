import { type CommandDescription, listCommands, type OptionDescription } from "./describe-program.ts";
import { offeredWords } from "./offered-words.ts";
import { valueKind } from "./value-kind.ts";

/** A completion script for fish, to be saved as `~/.config/fish/completions/airgap-load.fish`. */
export function completeFish(program: CommandDescription): string {
  const lines = listCommands(program)
    .toReversed()
    .flatMap((command) => [
      ...formatWords(command, program),
      ...command.groups.flatMap(({ options }) =>
        options.map((option) => formatOption(option, conditionOf(command, program))),
      ),
    ]);
  return `# fish completion of airgap-load: airgap-load completion fish | source\n${lines.join("")}`;
}

/** Whether the words before the cursor call the command; the default one needs no word. */
function conditionOf({ words, isDefault }: CommandDescription, program: CommandDescription): string {
  if (words.length === 0) return "__fish_use_subcommand";
  const others = program.subcommands.filter((other) => other.words[0] !== words[0]);
  if (isDefault) return `not __fish_seen_subcommand_from ${others.map((other) => other.words[0]).join(" ")}`;
  return words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
}

function formatWords(command: CommandDescription, program: CommandDescription): string[] {
  const offered = offeredWords(command);
  const here = conditionOf(command, program);
  const condition = command.words.length
    ? `${here}; and not __fish_seen_subcommand_from ${offered.join(" ")}`
    : here;
  const summaries = command.subcommands.map(({ summary }) => ` -d ${quote(summary)}`);
  return offered.map(
    (word, at) => `complete -c airgap-load -n '${condition}' -a ${word}${summaries[at] ?? ""}\n`,
  );
}

function formatOption(option: OptionDescription, condition: string): string {
  const names = option.names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const values = {
    none: [],
    choice: [`-x -a ${quote(option.choices.join(" "))}`],
    file: ["-r -F"],
    folder: ["-x -a '(__fish_complete_directories)'"],
    other: ["-x"],
  };
  const parts = [`-n '${condition}'`, ...names, ...values[valueKind(option)], `-d ${quote(option.summary)}`];
  return `complete -c airgap-load ${parts.join(" ")}\n`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
