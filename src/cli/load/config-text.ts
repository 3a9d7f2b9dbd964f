import type { Command, Option } from "commander";
import { maskUserInfo } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { defaultPasswordEnv } from "../registries/read-credentials.ts";
import type { GivenOption } from "./run-record.ts";
import { isSwitch, variableOf } from "../options/bind-environment.ts";
import { formatTable } from "../output/table.ts";

/** Every option's value and where it came from, and variables that look like an option's and are none's. */
export function formatConfig(command: Command, env: NodeJS.ProcessEnv): string {
  const rows = command.options.map((option) => [
    option.long ?? "",
    printable(maskUserInfo(formatValue(option, command, env)), 1000),
    formatSource(option, command),
  ]);
  return formatTable([["OPTION", "VALUE", "FROM"], ...rows]) + formatUnknown(command, env);
}

/** The options that were given, as they may be shown. */
export function listGivenOptions(command: Command, env: NodeJS.ProcessEnv): GivenOption[] {
  const given = command.options.filter((option) =>
    ["cli", "env"].includes(command.getOptionValueSource(option.attributeName()) ?? ""),
  );
  return given.map((option) => ({
    name: option.long ?? "",
    value: printable(maskUserInfo(formatValue(option, command, env)), 1000),
  }));
}

function formatValue(option: Option, command: Command, env: NodeJS.ProcessEnv): string {
  const value: unknown = command.getOptionValue(option.attributeName());
  if (option.name() === "password-env" && typeof value === "string") {
    return env[value] || value === defaultPasswordEnv
      ? `${value} (${env[value] ? "set, not shown" : "not set"})`
      : "not shown: no variable has that name";
  }
  if (typeof value === "boolean" || isSwitch(option)) return value === !option.negate ? "yes" : "no";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" || typeof value === "number" ? `${value}` : "";
}

function formatSource(option: Option, command: Command): string {
  const source = command.getOptionValueSource(option.attributeName());
  if (source === "env") return variableOf(option);
  return source === "cli" ? "command line" : "default";
}

function formatUnknown(command: Command, env: NodeJS.ProcessEnv): string {
  const passwordEnv: unknown = command.getOptionValue("passwordEnv");
  const known = new Set([...command.options.map(variableOf), passwordEnv]);
  const unknown = Object.keys(env).filter((name) => name.startsWith("AIRGAP_LOAD_") && !known.has(name));
  return unknown.map((name) => `${name} is not read: there is no such option\n`).join("");
}
