import { shown } from "./output/shown.ts";
import { tellAtOnce } from "./output/tell-at-once.ts";
import { Command, type CommanderError, Help, type Option } from "commander";
import type { AirgapError } from "../oci/airgap-error.ts";
import { addCompletionCommand } from "./completion/command.ts";
import { addCopyCommand } from "./copy/command.ts";
import { addDocsCommands } from "./docs/command.ts";
import { addInspectCommand } from "./inspect/command.ts";
import { addInventoryCommand } from "./inventory/command.ts";
import { addLoadCommand } from "./load/command.ts";
import { addManageCommands } from "./manage/commands.ts";
import { addManifestCommand } from "./manifest/command.ts";
import { addPushSpecCommand } from "./push-spec/command.ts";
import { refuseTwice } from "./options/refuse-twice.ts";
import { sayUnknownVariables } from "./unknown-variables.ts";
import { addSaveCommand } from "./save/command.ts";
import { addServeCommand } from "./serve/command.ts";
import { addSyncCommand } from "./sync/command.ts";
import { addVerifyCommand } from "./verify/command.ts";
import type { Terminal } from "./terminal.ts";
import { usageError } from "./usage-error.ts";
import { readVersion } from "./version.ts";

export interface Program {
  readonly command: Command;
  /** What the command that ran ended with. */
  readonly exitCode: () => number;
}

/** The whole command line; parsing it runs the command. Usage errors throw commander's own error. */
export function createProgram(terminal: Terminal): Program {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const command = new Command("airgap-load")
    .description("Loads container image archives into a registry, offline and without a docker daemon.")
    .version(readVersion(), "-V, --version")
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(shown(text)),
      // Help goes here where a command is missing; errors are reported where they are caught, in the grammar of errors.
      writeErr: (text) => void terminal.stderr.write(shown(text)),
      outputError: () => undefined,
    })
    // The longest option leaves less than what commander wraps by itself.
    .configureHelp({ optionDescription: describeOption, minWidthToWrap: 30 })
    .showSuggestionAfterError();
  addLoadCommand(command, terminal, done);
  addCopyCommand(command, terminal, done);
  addInspectCommand(command, terminal, done);
  addVerifyCommand(command, terminal, done);
  addSaveCommand(command, terminal, done);
  addSyncCommand(command, terminal, done);
  addManifestCommand(command, terminal, done);
  addPushSpecCommand(command, terminal, done);
  addInventoryCommand(command, terminal, done);
  addManageCommands(command, terminal, done);
  addServeCommand(command, terminal, done);
  addDocsCommands(command, terminal);
  addCompletionCommand(command, terminal);
  inheritSettings(command);
  command.hook("preAction", (program, action) => {
    for (const warning of sayUnknownVariables(program, action, terminal.env)) tellAtOnce(warning, terminal);
  });
  return { command, exitCode: () => exitCode };
}

/** Errors of the parser become errors of ours, which say where to read on; the main job's options are the program's. */
function inheritSettings(command: Command, words = command.name()): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageErrorOf(error, words);
  });
  refuseTwice(command);
  for (const child of command.commands) {
    inheritSettings(child, child.name() === "load" ? words : `${words} ${child.name()}`);
  }
}

/** Commander's `error: unknown option '--x'`, with a suggestion on a line of its own. */
function usageErrorOf({ message, code }: CommanderError, words: string): AirgapError {
  const [what = "", suggestion = ""] = message.replace(/^error: /, "").split("\n");
  if (code === "commander.help") return usageError(`Cannot run "${words}": no command is named`);
  const meant = /\((Did you mean .*\?)\)/.exec(suggestion)?.[1];
  return usageError(
    `Cannot read the command line: ${what}`,
    `${meant === undefined ? "" : `${meant} `}All options: ${words} --help`,
  );
}

/** Repeatable options start out empty, which is no news; how variables are named is said once for all. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(/ \(default: \[\]\)| \(env: \w+\)|, env: \w+/g, "");
}
