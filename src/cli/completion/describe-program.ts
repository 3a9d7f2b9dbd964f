import { EventEmitter } from "node:events";
import type { Argument, Command, Option } from "commander";

export interface OptionDescription {
  /** `-r, --registry <host[:port][/path]>` */
  readonly flags: string;
  /** `-r`, `--registry` */
  readonly names: readonly string[];
  /** What stands for its value in `flags`, where it takes one: `file`, `platform=file`. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
  readonly summary: string;
  /** The summary with choices and default. */
  readonly text: string;
}

export interface OptionGroup {
  /** `Registry` */
  readonly title: string;
  readonly options: readonly OptionDescription[];
}

export interface ArgumentDescription {
  readonly name: string;
  readonly choices: readonly string[];
  readonly text: string;
}

export interface CommandDescription {
  /** The words that call it: `serve`; empty for the program itself. */
  readonly words: readonly string[];
  /** Whether it runs where no command is named. */
  readonly isDefault: boolean;
  /** `airgap-load serve [options]` */
  readonly usage: string;
  readonly summary: string;
  readonly text: string;
  readonly arguments: readonly ArgumentDescription[];
  readonly groups: readonly OptionGroup[];
  /** What its help says before and after: examples and the like. */
  readonly notes: string;
  readonly subcommands: readonly CommandDescription[];
}

/** Runs where no command is named (decision 24). */
const defaultCommand = "load";

/** The command line as data: what documents and completions are made from. */
export function describeProgram(program: Command): CommandDescription {
  return describeCommand(program, []);
}

/** A command and all below it, deepest first. */
export function listCommands(command: CommandDescription): readonly CommandDescription[] {
  return [...command.subcommands.flatMap(listCommands), command];
}

function describeCommand(command: Command, words: readonly string[]): CommandDescription {
  const help = command.createHelp();
  const visible = help.visibleCommands(command).filter((subcommand) => subcommand.name() !== "help");
  return {
    words,
    isDefault: words.join(" ") === defaultCommand,
    usage: help.commandUsage(command),
    summary: command.summary() || command.description(),
    text: command.description(),
    arguments: help.visibleArguments(command).map(describeArgument),
    groups: groupOptions(command),
    // The program's own notes repeat those of the default command.
    notes: words.length ? collectNotes(command) : "",
    subcommands: visible.map((subcommand) => describeCommand(subcommand, [...words, subcommand.name()])),
  };
}

function describeArgument(argument: Argument): ArgumentDescription {
  return { name: argument.name(), choices: argument.argChoices ?? [], text: argument.description };
}

function groupOptions(command: Command): OptionGroup[] {
  const help = command.createHelp();
  const groups = new Map<string, OptionDescription[]>();
  for (const option of help.visibleOptions(command)) {
    const title = (option.helpGroupHeading ?? "Options:").replace(/:$/, "");
    groups.set(title, [...(groups.get(title) ?? []), describeOption(option, help.optionDescription(option))]);
  }
  return [...groups].map(([title, options]) => ({ title, options }));
}

function describeOption(option: Option, text: string): OptionDescription {
  return {
    flags: option.flags,
    names: [option.short, option.long].flatMap((name) => name ?? []),
    value: /[<[](.*)[>\]]$/.exec(option.flags)?.[1],
    choices: option.argChoices ?? [],
    summary: option.description,
    text,
  };
}

/** Commander tells these texts to listeners, when help is asked for, and to nobody else. */
function collectNotes(command: Command): string {
  if (!(command instanceof EventEmitter)) return "";
  const texts: string[] = [];
  const write = (text: string): void => void texts.push(text);
  for (const event of ["beforeHelp", "afterHelp"]) command.emit(event, { command, error: false, write });
  return texts.map((text) => text.trim()).join("\n\n");
}
