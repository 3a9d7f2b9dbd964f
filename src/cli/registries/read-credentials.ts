import { addAbortSignal } from "node:stream";
import { readPassword } from "./read-password.ts";
import type { RegistryFlags } from "../options/registry-options.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

/** Any other name may be the password itself, given in the wrong place: it is not told unless there is such a variable. */
export const defaultPasswordEnv = "AIRGAP_LOAD_PASSWORD";

/** User name and password of a command line, whose password comes through standard input or a variable; none without. */
export async function readCredentials(
  { username, passwordStdin, passwordEnv }: RegistryFlags,
  { stdin, env, signal }: Terminal,
): Promise<{ username: string; password: string } | undefined> {
  const password = passwordEnv === undefined ? "" : (env[passwordEnv] ?? "");
  if (username === undefined) {
    const given = passwordStdin ? "--password-stdin" : password && passwordEnv;
    if (given) throw usageError(`Cannot sign in: ${given} is given without --username`);
    return undefined;
  }
  if (passwordStdin) return { username, password: await readPassword(addAbortSignal(signal, stdin)) };
  if (password) return { username, password };
  throw usageError(
    "Cannot sign in: --username is given without a password",
    `Give --password-stdin, or set ${passwordEnv === defaultPasswordEnv ? passwordEnv : "the variable that --password-env names"}.`,
  );
}
