import type { Command } from "commander";
import type { LoadEvent, OnEvent } from "../../transfer/report/events.ts";
import { AirgapError } from "../../oci/airgap-error.ts";
import { exitOfAbort } from "../output/exit-code.ts";
import { startProgress } from "./progress.ts";
import { spareMemory } from "./spare-memory.ts";
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
    .option("-v, --verbose", "a line for every blob, causes of errors");
  addNoProgressOption(command);
}

/** For commands whose `-v` is about something else. */
export function addNoProgressOption(command: Command): void {
  command.option("--no-progress", "no progress bars");
}

/** What to say to those whose run a signal has ended, in words of the command. */
const interruptionHints = {
  publishes: "Every tag is as it was or complete. Run the same command again: it sends only what is missing.",
  writes: "No file is there by half. Run the same command again.",
  collects: "What is gone was referred to by nothing. Run the same command again: it removes the rest.",
  deletes: "What was deleted stays so. Run the same command again: it deletes the rest.",
  reads: "Nothing was changed. Run the same command again.",
} as const;

export type InterruptionHint = keyof typeof interruptionHints;

/**
 * Runs a command's work with its progress told on standard error until it ends, however it ends. Throws `INTERRUPTED`, which
 * says how far it came, where the terminal's signal ended it.
 */
export async function withProgress<Flags extends ProgressFlags, T>(
  flags: Flags,
  terminal: Terminal,
  work: (context: CommandContext<Flags>) => Promise<T>,
  hint: InterruptionHint = "publishes",
): Promise<T> {
  const { quiet = false, verbose = false, progress: bars } = flags;
  const { stderr, env, signal, notices } = terminal;
  const progress = startProgress({ stderr, env, quiet, verbose, bars, signal });
  const onEvent = (event: LoadEvent): void => {
    if (event.type === "warning") notices.add(event.warning);
    progress.onEvent(event);
  };
  try {
    return await work({ flags, terminal, onEvent: spareMemory(onEvent) });
  } catch (error) {
    throw signal.aborted ? interrupted(progress.describe(), hint, signal) : error;
  } finally {
    progress.stop();
  }
}

/** What is said of a run that a signal has ended. */
export function interrupted(howFar: string, hint: InterruptionHint, signal: AbortSignal): AirgapError {
  return new AirgapError("INTERRUPTED", `Cannot go on, a signal ended the run: ${howFar}`, {
    exit: exitOfAbort(signal),
    hint: interruptionHints[hint],
  });
}
