import { shown } from "../output/shown.ts";
import { Argument, type Command } from "commander";
import { describeProgram } from "./describe-program.ts";
import type { Terminal } from "../terminal.ts";

const notes = `
Examples:
  source <(airgap-load completion bash)
  airgap-load completion zsh > "\${fpath[1]}/_airgap-load"
  airgap-load completion fish > ~/.config/fish/completions/airgap-load.fish
`;

/** Adds the command that prints a completion script, made from the program that it completes. */
export function addCompletionCommand(program: Command, { stdout }: Terminal): void {
  program
    .command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a script that makes a shell complete commands, options and their values.")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", notes)
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { completeShell } = await import("./complete-shell.ts");
      stdout.write(shown(completeShell(shell, describeProgram(program))));
    });
}
