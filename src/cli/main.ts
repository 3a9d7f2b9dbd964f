import { AirgapError, exitCodes } from "../oci/airgap-error.ts";
import { errorToJson, interruptionToJson, isInterruption } from "./output/json/report-json.ts";
import { writeJson } from "./output/json/write-json.ts";
import { wantsJson } from "./output/json/wants-json.ts";
import { shown } from "./output/shown.ts";
import { ToldNotices } from "./output/told-notices.ts";
import { CommanderError } from "commander";
import { exitCodeOf, exitCodeOfSignal } from "./output/exit-code.ts";
import { createColouring } from "./output/colour.ts";
import { describeError } from "./output/error-text.ts";
import { dropUnwritten, watchOutput } from "./outputs.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs the program on a command line as Node gives it, and resolves to the exit code. The first signal ends the run in
 * order, uploads cancelled and temp files removed; a second one ends it at once.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const abort = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (caught) process.exit(exitCodeOfSignal(signal));
    caught = signal;
    // First the bars go, which are told of it as well.
    abort.abort(new Error(signal));
    process.stderr.write(
      `\n${signal}: stopping cleanly; a second one stops at once, and leaves behind what is begun\n`,
    );
  };
  for (const signal of signals) process.on(signal, onSignal);
  const output = watchOutput(process.stdout);
  dropUnwritten(process.stderr);
  const { stdin, stdout, stderr, env } = process;
  const terminal: Terminal = { stdin, stdout, stderr, env, signal: abort.signal, notices: new ToldNotices() };
  process.once("uncaughtException", (error) => {
    abort.abort(error);
    tellError(error, argv, terminal);
    process.exit(exitCodeOf(error));
  });
  const code = await runCommandLine(argv, terminal);
  const unwritten = code === exitCodes.done ? await output.failure() : undefined;
  if (unwritten) tellError(unwritten, argv, terminal);
  for (const signal of signals) process.off(signal, onSignal);
  return unwritten?.exitCode ?? code ?? exitCodeOfSignal(caught ?? "SIGTERM");
}

/**
 * The whole program as a function of its arguments, environment and streams; resolves to the exit code, or to nothing where
 * it ended because the terminal's signal was aborted.
 */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
): Promise<number | undefined> {
  const program = createProgram(terminal);
  try {
    await program.command.parseAsync([...argv]);
    return program.exitCode();
  } catch (error) {
    const isInterrupted = terminal.signal.aborted;
    if (!isInterrupted && error instanceof CommanderError) return exitCodeOf(error);
    if (!isInterrupted || isInterruption(error)) tellError(error, argv, terminal);
    const commands = program.command.commands.map((command) => command.name());
    if (wantsJson(argv.slice(2), terminal.env, commands)) {
      const told = isInterrupted ? interruptionToJson(error, terminal.signal) : errorToJson(error);
      writeIfPossible(terminal, told);
    }
    return isInterrupted ? undefined : exitCodeOf(error);
  }
}

/** Whoever cannot read the outcome cannot read what went wrong there either. */
function writeIfPossible(terminal: Terminal, told: Readonly<Record<string, unknown>>): void {
  try {
    writeJson(terminal, told);
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
  }
}

function tellError(error: unknown, argv: readonly string[], { stderr, env }: Terminal): void {
  const colour = createColouring({ isTTY: stderr.isTTY, env });
  stderr.write(colour(shown(describeError(error, wantsDetails(argv)))));
}

function wantsDetails(argv: readonly string[]): boolean {
  return argv.some((word) => /^(?:--verbose|-[a-z]*v[a-z]*)$/.test(word));
}
