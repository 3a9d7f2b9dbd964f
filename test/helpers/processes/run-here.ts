import { CommanderError } from "commander";
import { exitCodeOf } from "../../../src/cli/output/exit-code.ts";
import { describeError } from "../../../src/cli/output/error-text.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { type CliResult, runCli } from "./run-cli.ts";

export interface RunHereOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command line from the sources in this process, which saves a process its start; else as `runCli` does, which takes
 * over where a single executable is tried.
 */
export async function runHere(
  args: readonly string[],
  { env = {} }: RunHereOptions = {},
): Promise<Pick<CliResult, "code" | "stdout" | "stderr">> {
  if (process.env["AIRGAP_LOAD_EXECUTABLE"]) return runCli(args, { env });
  const terminal = createFakeTerminal();
  const program = createProgram({ ...terminal, env: { ...terminal.env, ...env } });
  try {
    await program.command.parseAsync(["node", "airgap-load", ...args]);
    return { code: program.exitCode(), ...terminal.written };
  } catch (error) {
    const { stdout, stderr } = terminal.written;
    const told = error instanceof CommanderError ? "" : describeError(error, false);
    return { code: exitCodeOf(error), stdout, stderr: stderr + told };
  }
}
