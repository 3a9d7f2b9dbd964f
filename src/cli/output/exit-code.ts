import { CommanderError } from "commander";
import { AirgapError, exitCodes, type ExitKind } from "../../oci/airgap-error.ts";
import type { LoadReport } from "../../transfer/report/report.ts";

/** The exit code for what ended the program (decision 19); anything unforeseen is our bug. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof AirgapError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  return exitCodes.internal;
}

/** 0 where all went well, 1 where some did or, when strict, a warning came up too late to stop it, else what stopped the first. */
export function exitCodeOfReport({ lists, warnings }: LoadReport, strict: boolean): number {
  const isFlawed = strict && warnings.some(({ severity }) => severity === "warning");
  return exitCodeOfImages(lists) || (isFlawed ? exitCodes.partial : exitCodes.done);
}

/** 0 where all went well, 1 where some did, else what stopped the first. */
export function exitCodeOfImages(images: readonly { readonly error?: AirgapError }[]): number {
  const failures = images.flatMap(({ error }) => error ?? []);
  const [first] = failures;
  if (!first) return exitCodes.done;
  return failures.length < images.length ? exitCodes.partial : first.exitCode;
}

const exitsOfSignals: Readonly<Partial<Record<string, ExitKind>>> = {
  SIGHUP: "hungUp",
  SIGINT: "interrupted",
  SIGTERM: "terminated",
};

/** How a run ends whose signal was aborted, with an error that is called as what the process was sent. */
export function exitOfAbort({ reason }: AbortSignal): ExitKind {
  return exitsOfSignals[reason instanceof Error ? reason.message : ""] ?? "terminated";
}

/** What a shell sees of a process that a signal ended. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return exitCodes[exitsOfSignals[signal] ?? "terminated"];
}
