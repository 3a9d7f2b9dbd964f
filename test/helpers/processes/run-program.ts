import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program that must succeed and gives its standard output; its standard error is in the failure's message. */
export async function runProgram(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64 << 20, timeout: 600_000 });
  return stdout;
}
