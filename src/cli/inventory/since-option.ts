import type { Command } from "commander";
import { collectValues } from "../options/collect-values.ts";

/** What the place that an archive is for has already. */
export interface SinceFlags {
  readonly since: readonly string[];
}

export function addSinceOption(command: Command): void {
  command.option(
    "--since <file>",
    "leave out layers that a site has: what airgap-load inventory wrote there, or an archive that was loaded there (repeatable)",
    collectValues,
    [],
  );
}
