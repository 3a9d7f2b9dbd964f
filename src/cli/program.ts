import { maskUserInfo } from "../oci/airgap-error.ts";
import { shown } from "./output/shown.ts";
import { Command, Help, type Option } from "commander";
import { addCompletionCommand } from "./completion/command.ts";
import { addCopyCommand } from "./copy/command.ts";
import { addInspectCommand } from "./inspect/command.ts";
import { addLoadCommand } from "./load/command.ts";
import { addManifestCommand } from "./manifest/command.ts";
import { addPushSpecCommand } from "./push-spec/command.ts";
import { addSaveCommand } from "./save/command.ts";
import { addServeCommand } from "./serve/command.ts";
import { addSyncCommand } from "./sync/command.ts";
import { addVerifyCommand } from "./verify/command.ts";
import type { Terminal } from "./terminal.ts";
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
      writeErr: (text) => void terminal.stderr.write(shown(maskUserInfo(text))),
    })
    .configureHelp({ optionDescription: describeOption })
    .showHelpAfterError("(airgap-load --help tells all options)")
    .showSuggestionAfterError()
    .exitOverride();
  addLoadCommand(command, terminal, done);
  addCopyCommand(command, terminal, done);
  addInspectCommand(command, terminal, done);
  addVerifyCommand(command, terminal, done);
  addSaveCommand(command, terminal, done);
  addSyncCommand(command, terminal, done);
  addManifestCommand(command, terminal, done);
  addPushSpecCommand(command, terminal, done);
  addServeCommand(command, terminal, done);
  addCompletionCommand(command, terminal);
  inheritSettings(command);
  return { command, exitCode: () => exitCode };
}

/** The main job's options are those of the program itself. */
function inheritSettings(parent: Command, words = parent.name()): void {
  for (const command of parent.commands) {
    const path = `${words} ${command.name()}`;
    if (command.name() !== "load") command.showHelpAfterError(`(${path} --help tells all options)`);
    inheritSettings(command, path);
  }
}

/** Repeatable options start out empty, which is no news; how variables are named is said once for all. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(/ \(default: \[\]\)| \(env: \w+\)|, env: \w+/g, "");
}
