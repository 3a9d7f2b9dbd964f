import type { Command, Option } from "commander";
import { maskUserInfo } from "../../oci/airgap-error.ts";
import { printable } from "../../oci/printable.ts";
import { defaultPasswordEnv } from "../registries/read-credentials.ts";
import type { GivenOption } from "./run-record.ts";
import { isSwitch, variableOf } from "../options/bind-environment.ts";
import { jsonDocument } from "../output/json/json-document.ts";
import { formatTable } from "../output/table.ts";

/** Every option's value and where it came from, and variables that look like an option's and are none's. */
export function formatConfig(command: Command, env: NodeJS.ProcessEnv): string {
  const rows = listOptions(command, env).map(({ name, value, from }) => [name, value, from]);
  const unknown = findUnknown(command, env).map((name) => `${name} is not read: there is no such option\n`);
  return formatTable([["OPTION", "VALUE", "FROM"], ...rows]) + unknown.join("");
}

/** The same for a program. */
export function configToJson(command: Command, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const options = listOptions(command, env);
  const told = { changed: false, options, unknown: findUnknown(command, env) };
  return jsonDocument("load --print-config", { ...told, totals: { options: options.length } });
}

/** An option as it holds. */
interface HeldOption extends GivenOption {
  /** `command line`, `default`, or a variable. */
  readonly from: string;
}

function listOptions(command: Command, env: NodeJS.ProcessEnv): HeldOption[] {
  return command.options.map((option) => ({
    name: option.long ?? "",
    value: printable(maskUserInfo(formatValue(option, command, env)), 1000),
    from: formatSource(option, command),
  }));
}

/** The options that were given, as they may be shown. */
export function listGivenOptions(command: Command, env: NodeJS.ProcessEnv): GivenOption[] {
  const given = listOptions(command, env).filter(({ from }) => from !== byDefault);
  return given.map(({ name, value }) => ({ name, value }));
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

/** Of an option that nobody gave. */
const byDefault = "default";

function formatSource(option: Option, command: Command): string {
  const source = command.getOptionValueSource(option.attributeName());
  if (source === "env") return variableOf(option);
  return source === "cli" ? "command line" : byDefault;
}

function findUnknown(command: Command, env: NodeJS.ProcessEnv): string[] {
  const passwordEnv: unknown = command.getOptionValue("passwordEnv");
  const known = new Set([...command.options.map(variableOf), passwordEnv]);
  return Object.keys(env).filter((name) => name.startsWith("AIRGAP_LOAD_") && !known.has(name));
}
