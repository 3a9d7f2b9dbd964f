import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { shown } from "../output/shown.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** Asks for a password on the terminal, which does not show what is typed. Throws a usage error for an empty one. */
export async function askPassword(
  username: string,
  { stdin, stderr, signal }: Pick<Terminal, "stdin" | "stderr" | "signal">,
): Promise<string> {
  stderr.write(shown(`Password of ${username}: `));
  // Readline switches the terminal's own echo off and writes what is typed itself: to nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
  const stop = new AbortController();
  lines.once("SIGINT", () => stop.abort());
  lines.once("close", () => stop.abort());
  try {
    const password = await lines.question("", { signal: AbortSignal.any([signal, stop.signal]) });
    if (password !== "") return password;
  } catch (error) {
    signal.throwIfAborted();
    if (!stop.signal.aborted) throw error;
  } finally {
    lines.close();
    stderr.write(shown("\n"));
  }
  throw usageError("Cannot sign in: no password was typed");
}
