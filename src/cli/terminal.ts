import type { Shown } from "./output/shown.ts";
import type { ToldNotices } from "./output/told-notices.ts";

/** What a command has of the outside world: data goes to stdout, everything else to stderr. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** What was told on stderr beside the outcome. */
  readonly notices: ToldNotices;
}

/** A stream that takes bytes, and of text only what is fit to be shown. */
export type Output = Omit<NodeJS.WriteStream, "write"> & { write(chunk: Shown | Uint8Array): boolean };
