import { Command, type Option } from "commander";

/** The variable that an option can come from: `AIRGAP_LOAD_CA_FILE` for `--ca-file`. */
export function variableOf(option: Option): string {
  return `AIRGAP_LOAD_${option.long?.slice("--".length).replaceAll("-", "_").toUpperCase() ?? ""}`;
}

/**
 * Adds the options that `define` defines, and lets each come from the environment where the command line does not give it.
 * Commander takes a switch's variable for yes whatever it holds, so one that says no, or nothing, is not bound.
 */
export function bindEnvironment(command: Command, define: (command: Command) => void): void {
  const defined = new Command();
  define(defined);
  for (const option of defined.options) {
    const value = isSecret(option) ? "" : (process.env[variableOf(option)] ?? "");
    const isNo = isSwitch(option) && saysNo(value);
    command.addOption(value === "" || isNo ? option : option.env(variableOf(option)));
  }
}

/** Whether a switch's variable turns it off. */
export function saysNo(value: string): boolean {
  return /^(?:0|no|off|false)$/i.test(value);
}

/** Whether an option's variable holds a password, and no word of whether to ask for one. */
function isSecret(option: Option): boolean {
  return option.name() === "password";
}

/** An option without a value. */
export function isSwitch(option: Option): boolean {
  return !option.required && !option.optional;
}
