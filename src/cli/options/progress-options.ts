import type { Command } from "commander";
import type { OnEvent } from "../../transfer/report/events.ts";
import { startProgress } from "../output/progress.ts";
import type { Terminal } from "../terminal.ts";

/** What standard error gets while a command runs. */
export interface ProgressFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly progress: boolean;
}

/** What the parts of a command share while it runs. */
export interface CommandContext<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
  readonly onEvent: OnEvent;
}

export function addProgressOptions(command: Command): void {
  command
    .option("-q, --quiet", "only warnings and errors on standard error")
    .option("-v, --verbose", "a line for every blob, causes of errors")
    .option("--no-progress", "no progress bars");
}

/** Runs a command's work with its progress told on standard error until it ends, however it ends. */
export async function withProgress<Flags extends ProgressFlags, T>(
  flags: Flags,
  terminal: Terminal,
  work: (context: CommandContext<Flags>) => Promise<T>,
): Promise<T> {
  const { quiet = false, verbose = false, progress: bars } = flags;
  const { stderr, env } = terminal;
  const progress = startProgress({ stderr, env, quiet, verbose, bars });
  try {
    return await work({ flags, terminal, onEvent: progress.onEvent });
  } finally {
    progress.stop();
  }
}
