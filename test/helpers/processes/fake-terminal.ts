import { PassThrough, Readable } from "node:stream";
import { ToldNotices } from "../../../src/cli/output/told-notices.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";

export interface FakeTerminal extends Terminal {
  /** All that was written so far. */
  readonly written: { readonly stdout: string; readonly stderr: string };
}

export interface FakeTerminalOptions {
  readonly input?: Readable | string | Uint8Array;
  /** Whether standard output and standard error are a terminal. */
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
  /** Beside a home that is not there. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a command has of the outside world, in memory, with an empty environment. */
export function createFakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  // Collected where it is written, since a stream hands it over only later.
  for (const [name, stream] of [
    ["stdout", stdout],
    ["stderr", stderr],
  ] as const) {
    stream.write = ((chunk: string | Uint8Array) =>
      chunks[name].push(Buffer.from(chunk)) > 0) as typeof stream.write;
  }
  return {
    stdin: openInput(options.input) as Terminal["stdin"],
    stdout: Object.assign(stdout, {
      isTTY: options.isTTY ?? false,
    }) as unknown as Terminal["stdout"],
    stderr: Object.assign(stderr, {
      isTTY: options.isTTY ?? false,
      columns: 80,
    }) as unknown as Terminal["stderr"],
    // Not even root can make it.
    env: { HOME: "/dev/null/nowhere", ...options.env },
    signal: options.signal ?? new AbortController().signal,
    notices: new ToldNotices(),
    written: {
      get stdout() {
        return Buffer.concat(chunks.stdout).toString();
      },
      get stderr() {
        return Buffer.concat(chunks.stderr).toString();
      },
    },
  };
}

function openInput(input: FakeTerminalOptions["input"]): Readable {
  if (input instanceof Readable) return input;
  return Readable.from(input === undefined ? [] : [Buffer.from(input)]);
}
