import { setImmediate } from "node:timers/promises";
import { isFileError } from "../content/file-error.ts";
import type { AirgapError } from "../oci/airgap-error.ts";
import { notWritable } from "./files/not-writable.ts";

type Stream = Pick<NodeJS.WriteStream, "on" | "write">;

/** What became of a stream that is written to. */
export interface WatchedOutput {
  /** Why it could not be written; nothing where it could, or where nobody reads the pipe any more, as with `... | head`. */
  readonly failure: () => Promise<AirgapError | undefined>;
}

/**
 * Has standard output's writes throw `FILE_NOT_WRITABLE` once it cannot be written, as any other file on a full disk. What Node
 * tells of only later is thrown by the next write, or is left to be asked for at the end.
 */
export function watchOutput(stdout: Stream): WatchedOutput {
  let failure: AirgapError | undefined;
  const fail = (cause: unknown): void => {
    if (!isFileError(cause, "EPIPE")) failure ??= notWritable("Cannot write to standard output", cause);
  };
  stdout.on("error", fail);
  const write = stdout.write.bind(stdout) as (...args: readonly unknown[]) => boolean;
  stdout.write = (...args: readonly unknown[]) => {
    const isWritten = failure === undefined && attempt(() => write(...args), fail);
    if (failure) throw failure;
    return isWritten;
  };
  return {
    failure: async () => {
      // Streams tell of it behind the write.
      await setImmediate();
      return failure;
    },
  };
}

/** Drops what cannot be written to standard error: there is nobody to tell, and the work goes on. */
export function dropUnwritten(stderr: Stream): void {
  stderr.on("error", () => {});
  const write = stderr.write.bind(stderr) as (...args: readonly unknown[]) => boolean;
  stderr.write = (...args: readonly unknown[]) =>
    attempt(
      () => write(...args),
      () => {},
    );
}

function attempt(write: () => boolean, fail: (cause: unknown) => void): boolean {
  try {
    return write();
  } catch (error) {
    fail(error);
    return true;
  }
}
