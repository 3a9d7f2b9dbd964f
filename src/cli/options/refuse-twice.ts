import type { Command, Option } from "commander";
import type { AirgapError } from "../../oci/airgap-error.ts";
import { shellWord } from "../../oci/shell-word.ts";
import { usageError } from "../usage-error.ts";
import { isSwitch } from "./bind-environment.ts";
import { collectList, collectValues } from "./collect-values.ts";

/** Has an option that takes one value refused where a command line gives it twice: commander would forget the first. */
export function refuseTwice(command: Command): void {
  for (const option of command.options) {
    if (isSwitch(option) || isRepeatable(option)) continue;
    let first: string | undefined;
    command.on(`option:${option.name()}`, (value: string) => {
      if (first !== undefined) throw givenTwice(option, [first, value]);
      first = value;
    });
  }
}

function isRepeatable({ parseArg, variadic }: Option): boolean {
  return variadic || [collectValues, collectList].some((collect) => collect === parseArg);
}

function givenTwice(option: Option, values: readonly string[]): AirgapError {
  const message = `Cannot read the command line: ${option.long} is given twice`;
  if (option.name() !== "registry") return usageError(message, "It takes one value: leave one of them out.");
  return usageError(message, [
    "A load goes into one registry. Into both, one after the other:",
    `  for registry in ${values.map(shellWord).join(" ")}; do airgap-load --registry "$registry" ARCHIVE...; done`,
  ]);
}
