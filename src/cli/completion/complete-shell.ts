import type { CommandDescription } from "./describe-program.ts";
import { completeBash } from "./complete-bash.ts";
import { completeFish } from "./complete-fish.ts";
import { completeZsh } from "./complete-zsh.ts";

/** The completion script of a shell. */
export function completeShell(shell: "bash" | "zsh" | "fish", program: CommandDescription): string {
  return { bash: completeBash, zsh: completeZsh, fish: completeFish }[shell](program);
}
