import type { Command } from "commander";
import type { InspectFlags } from "../run-inspect.ts";
import type { Terminal } from "../terminal.ts";

/** Adds the command that tells what is in archives, without a registry. */
export function addInspectCommand(
  program: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
): void {
  program
    .command("inspect")
    .summary("tell what is in archives, without a registry")
    .description(
      "Tells who wrote an archive, its images and their platforms with what every witness says of them, and what is odd.",
    )
    .argument("<archive...>", "archives, or directories that are OCI layouts; - is standard input")
    .option("--json", "one JSON object on standard output")
    .option("--temp-dir <folder>", "where what cannot be read twice is kept meanwhile")
    .action(async (archives: readonly string[], flags: InspectFlags) => {
      const { runInspect } = await import("../run-inspect.ts");
      done(await runInspect(archives, flags, terminal));
    });
}
