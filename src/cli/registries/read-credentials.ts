import { addAbortSignal } from "node:stream";
import { readPassword } from "./read-password.ts";
import { askPassword } from "./ask-password.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** Any other name may be the password itself, given in the wrong place: it is not told unless there is such a variable. */
export const defaultPasswordEnv = "AIRGAP_LOAD_PASSWORD";

/** User name and password of a command line, whose password comes through standard input or a variable; none without. */
export async function readCredentials(
  { username, password: asks, passwordStdin, passwordEnv }: RegistryFlags,
  terminal: Terminal,
): Promise<{ username: string; password: string } | undefined> {
  const { stdin, stderr, env, signal } = terminal;
  const password = passwordEnv === undefined ? "" : (env[passwordEnv] ?? "");
  if (username === undefined) {
    const given = asks ? "--password" : passwordStdin ? "--password-stdin" : password && passwordEnv;
    if (given) throw usageError(`Cannot sign in: ${given} is given without --username`);
    return undefined;
  }
  if (passwordStdin) return { username, password: await readPassword(addAbortSignal(signal, stdin)) };
  if (password && !asks) return { username, password };
  if (stdin.isTTY && stderr.isTTY) return { username, password: await askPassword(username, terminal) };
  throw usageError(
    asks
      ? "Cannot ask for a password: there is no terminal"
      : "Cannot sign in: --username is given without a password",
    `Give --password-stdin, or set ${passwordEnv === defaultPasswordEnv ? passwordEnv : "the variable that --password-env names"}.`,
  );
}
