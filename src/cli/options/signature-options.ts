import type { Command } from "commander";
import { bindEnvironment } from "./bind-environment.ts";
import { collectValues } from "./collect-values.ts";

/** Who must have signed images: the same options wherever images are let in or looked at. */
export interface SignatureFlags {
  readonly requireSignature: readonly string[];
}

/** All of them can come from the environment, whatever the command. */
export function addSignatureOptions(command: Command): void {
  command.optionsGroup("Signatures:");
  bindEnvironment(command, defineOptions);
}

function defineOptions(command: Command): void {
  command.option(
    "--require-signature <file>",
    "PEM public key, as cosign makes them, that must have signed every image (repeatable: one of them)",
    collectValues,
    [],
  );
}
