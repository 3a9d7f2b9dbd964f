import { PassThrough, Readable } from "node:stream";
import type { Terminal } from "../../../src/cli/terminal.ts";

export interface FakeTerminal extends Terminal {
  /** All that was written so far. */
  readonly written: { readonly stdout: string; readonly stderr: string };
}

export interface FakeTerminalOptions {
  readonly input?: string | Uint8Array;
  /** Whether standard error is a terminal. */
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
}

/** What a command has of the outside world, in memory, with an empty environment. */
export function createFakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const chunks = { stdout: [] as string[], stderr: [] as string[] };
  // Collected where it is written, since a stream hands it over only later.
  for (const [name, stream] of [
    ["stdout", stdout],
    ["stderr", stderr],
  ] as const) {
    stream.write = ((text: string) => chunks[name].push(text) > 0) as typeof stream.write;
  }
  return {
    stdin: Readable.from(
      options.input === undefined ? [] : [Buffer.from(options.input)],
    ) as unknown as Terminal["stdin"],
    stdout: stdout as unknown as Terminal["stdout"],
    stderr: Object.assign(stderr, {
      isTTY: options.isTTY ?? false,
      columns: 80,
    }) as unknown as Terminal["stderr"],
    env: { HOME: "/nowhere" },
    signal: options.signal ?? new AbortController().signal,
    written: {
      get stdout() {
        return chunks.stdout.join("");
      },
      get stderr() {
        return chunks.stderr.join("");
      },
    },
  };
}
