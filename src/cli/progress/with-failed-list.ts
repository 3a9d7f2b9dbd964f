import { checkWritable } from "../files/check-writable.ts";
import { UnfinishedNames, writeFailedList } from "../files/failed-list.ts";
import type { Terminal } from "../terminal.ts";
import {
  type CommandContext,
  type InterruptionHint,
  type ProgressFlags,
  withProgress,
} from "./progress-options.ts";

export interface FailedListFlag {
  readonly failedList?: string;
}

/**
 * The same as `withProgress` for a command that writes the names of what failed: where it ends before all of them are done, all
 * that are not are written. Where the file cannot be written, that is not what the run failed for.
 */
export async function withFailedList<Flags extends ProgressFlags & FailedListFlag, T>(
  flags: Flags,
  terminal: Terminal,
  work: (context: CommandContext<Flags>) => Promise<T>,
  hint: InterruptionHint,
): Promise<T> {
  const { failedList } = flags;
  await checkWritable("--failed-list", failedList);
  const unfinished = new UnfinishedNames();
  try {
    return await withProgress(
      flags,
      terminal,
      (context) => work({ ...context, onEvent: unfinished.passOn(context.onEvent) }),
      hint,
    );
  } catch (error) {
    const { names } = unfinished;
    if (names.length) await writeFailedList(failedList, names).catch(() => undefined);
    throw error;
  }
}
