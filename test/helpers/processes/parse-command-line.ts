import type { Command } from "commander";
import { createProgram } from "../../../src/cli/program.ts";
import { createFakeTerminal } from "./fake-terminal.ts";

/** Has the program read a command line without running it, and gives the command's name; throws what the program says. */
export async function parseCommandLine(args: readonly string[]): Promise<string | undefined> {
  let called: string | undefined;
  const { command } = createProgram(createFakeTerminal());
  replaceActions(command, (name) => {
    called = name;
  });
  await command.parseAsync(["node", "airgap-load", ...args]);
  return called;
}

function replaceActions(command: Command, onCall: (name: string) => void): void {
  for (const subcommand of command.commands) {
    if (subcommand.commands.length === 0) subcommand.action(() => onCall(subcommand.name()));
    replaceActions(subcommand, onCall);
  }
}
