import { Command, Option } from "commander";
import { bindEnvironment } from "./bind-environment.ts";
import { addRegistryOptions, type RegistryFlags } from "./registry-options.ts";
import { usageError } from "../usage-error.ts";

/** What speaks of one registry and not of the run; where there are two, each has its own. */
const perRegistry: readonly string[] = [
  "plainHttp",
  "tlsNoVerify",
  "insecure",
  "caFile",
  "cert",
  "key",
  "username",
  "passwordStdin",
  "passwordEnv",
  "authfile",
];

/** Adds `--src-...` forms of the registry options, for commands that read from one registry and write to another. */
export function addSourceRegistryOptions(command: Command): void {
  bindEnvironment(command, defineOptions);
}

function defineOptions(command: Command): void {
  const plain = new Command();
  addRegistryOptions(plain);
  for (const option of plain.options.filter((option) => perRegistry.includes(option.attributeName()))) {
    const copy = new Option(
      option.flags.replace(/^(?:-\w, )?--/, "--src-"),
      `--${option.name()} for the registry to copy from`,
    );
    if (option.parseArg) copy.argParser(option.parseArg);
    command.addOption(copy);
  }
}

/**
 * The registry options that hold for the source: those with `src` in front and what holds for the whole run; also those
 * without, where it is the only registry. It is only read from. Throws a usage error where both passwords would come through standard input.
 */
export function readSourceFlags<T extends RegistryFlags>(
  flags: T,
  isOnly: boolean,
): T & { readonly readOnly: true; readonly optionPrefix: string } {
  const given: ReadonlyMap<string, unknown> = new Map(Object.entries(flags));
  if (given.get("passwordStdin") && given.get("srcPasswordStdin")) {
    throw usageError(
      "Cannot read two passwords from standard input",
      "Give one of them with --password-env or --src-password-env, or sign in with docker login first.",
    );
  }
  const own = perRegistry.map((name) => {
    const value = given.get(`src${name[0]?.toUpperCase()}${name.slice(1)}`);
    return [name, value ?? (isOnly ? given.get(name) : undefined)];
  });
  return {
    ...({ ...flags, ...Object.fromEntries(own) } as T),
    readOnly: true,
    optionPrefix: isOnly ? "--" : "--src-",
  };
}
