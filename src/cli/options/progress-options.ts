import type { Command } from "commander";
import { type Progress, startProgress } from "../output/progress.ts";
import type { Terminal } from "../terminal.ts";

/** What standard error gets while a command runs. */
export interface ProgressFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly progress: boolean;
}

export function addProgressOptions(command: Command): void {
  command
    .option("-q, --quiet", "only warnings and errors on standard error")
    .option("-v, --verbose", "a line for every blob, causes of errors")
    .option("--no-progress", "no progress bars");
}

/** Runs a command's work with its progress told on standard error until it ends, however it ends. */
export async function withProgress<T>(
  { quiet = false, verbose = false, progress: bars }: ProgressFlags,
  { stderr, env }: Terminal,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress({ stderr, env, quiet, verbose, bars });
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}
