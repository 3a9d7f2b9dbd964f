import { CommanderError } from "commander";
import { exitCodeOf, exitCodeOfSignal } from "./output/exit-code.ts";
import { describeError } from "./output/error-text.ts";
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
    process.stderr.write(`\n${signal}: stopping in order; once more to stop at once\n`);
    abort.abort(new Error(signal));
  };
  for (const signal of signals) process.on(signal, onSignal);
  process.stdout.on("error", ignoreClosedPipe);
  try {
    return await run(argv, {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      signal: abort.signal,
    });
  } catch (error) {
    if (caught) return exitCodeOfSignal(caught);
    if (!(error instanceof CommanderError))
      process.stderr.write(
        describeError(
          error,
          argv.some((word) => /^(?:--verbose|-[a-z]*v[a-z]*)$/.test(word)),
        ),
      );
    return exitCodeOf(error);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** `airgap-load ... | head` is no failure of ours. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  await program.command.parseAsync([...argv]);
  return program.exitCode();
}
