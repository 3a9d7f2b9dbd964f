import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { runCommandLine } from "../../../src/cli/main.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { programCommand } from "./program-command.ts";

export interface CliOptions {
  /** Goes to standard input, which is empty without it. */
  readonly input?: Readable | Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its abort kills the process with SIGKILL. */
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** What starts the program, where it is not `programCommand`. */
  readonly command?: readonly [string, ...string[]];
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly result: Promise<CliResult>;
}

const personal =
  /^(?:NO_COLOR|FORCE_COLOR|CI|DEBUG|DOCKER_CONFIG|REGISTRY_AUTH_FILE|NODE_OPTIONS|AIRGAP_LOAD_.*|XDG_.*|.*_PROXY)$/i;

/**
 * Runs the program to its end, in an environment with an empty home and no settings of whoever runs the tests: in this
 * process, from the sources, which saves the start of a process; as a process where a single executable is tried.
 */
export async function runCli(
  args: readonly string[],
  { input, env }: Pick<CliOptions, "input" | "env"> = {},
): Promise<CliResult> {
  if (process.env["AIRGAP_LOAD_EXECUTABLE"]) {
    return runProcess(args, { ...(input === undefined ? {} : { input }), ...(env ? { env } : {}) });
  }
  const home = mkdtempSync(join(tmpdir(), "airgap-load-home-"));
  const terminal = createFakeTerminal({
    ...(input === undefined ? {} : { input }),
    env: { HOME: home, TMPDIR: tmpdir(), ...env },
  });
  const code = (await runCommandLine(["node", "airgap-load", ...args], terminal)) ?? null;
  await rm(home, { recursive: true, force: true });
  return { code, signal: null, ...terminal.written };
}

/** Runs the built program to its end as a process of its own, for what is about processes. */
export function runProcess(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).result;
}

/** Starts the built program, for tests that meddle with it while it runs. */
export function startCli(args: readonly string[], options: CliOptions = {}): StartedCli {
  const home = mkdtempSync(join(tmpdir(), "airgap-load-home-"));
  const [program, ...first] = options.command ?? programCommand;
  const child = spawn(program, [...first, ...args], {
    cwd: options.cwd,
    env: { ...impersonalEnvironment(), HOME: home, ...options.env },
    signal: options.signal,
    killSignal: "SIGKILL",
  });
  return { child, result: collectResult(child, home, options.input ?? "") };
}

function impersonalEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !personal.test(name)));
}

async function collectResult(
  child: ChildProcessWithoutNullStreams,
  home: string,
  input: Readable | Uint8Array | string,
): Promise<CliResult> {
  // A program that ends before it has read all its input is its own affair, as is an abort that we asked for.
  child.on("error", () => undefined);
  pipeline(input instanceof Readable ? input : Readable.from([input]), child.stdin).catch(() => undefined);
  const closed = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  await rm(home, { recursive: true, force: true });
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}
