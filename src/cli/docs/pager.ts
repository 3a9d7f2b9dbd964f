import { spawn } from "node:child_process";
import { once } from "node:events";
import { shown } from "../output/shown.ts";
import type { Terminal } from "../terminal.ts";

/** Shows text in the user's pager where a terminal and one are there, else as it is. */
export async function showPaged(text: string, terminal: Terminal): Promise<void> {
  const { stdout, env } = terminal;
  const isPaged = stdout.isTTY && env["TERM"] !== "dumb";
  for (const pager of isPaged ? [env["PAGER"] || "less", "more"] : []) {
    if (await showWith(pager, text, terminal)) return;
  }
  stdout.write(shown(text));
}

/**
 * Gives a program text on its standard input, and waits until it ends; whether it has shown it. The program is a line of shell,
 * as for git and man: PAGER="less -S". Who leaves a pager early has seen enough.
 */
export async function showWith(program: string, text: string, { env }: Terminal): Promise<boolean> {
  const child = spawn(program, {
    shell: true,
    stdio: ["pipe", "inherit", "ignore"],
    env: { LESS: "FRX", ...env },
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(shown(text));
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0 || code === null;
}
