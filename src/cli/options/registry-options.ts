import { parseBytes } from "./parse-bytes.ts";
import { type Command, InvalidArgumentError } from "commander";
import { usageError } from "../usage-error.ts";
import { bindEnvironment } from "./bind-environment.ts";

/** How to reach a registry and sign in to it: the same options for every command that speaks to one. */
export interface RegistryFlags {
  readonly plainHttp?: boolean;
  readonly tlsNoVerify?: boolean;
  readonly insecure?: boolean;
  readonly caFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly username?: string;
  /** Whether it is asked for on the terminal. */
  readonly password?: boolean;
  readonly passwordStdin?: boolean;
  /** Name of the variable that holds the password where standard input does not. */
  readonly passwordEnv?: string;
  readonly authfile?: string;
  readonly registriesYaml?: string;
  readonly concurrency: number;
  readonly limitRate?: number;
  readonly commitTimeout: number;
  /** Only of commands that push. */
  readonly createProjects?: boolean;
}

/** In a group of their own; all of them can come from the environment, whatever the command. */
export function addRegistryOptions(command: Command): void {
  bindEnvironment(command.optionsGroup("Registry:"), defineOptions);
}

/** Whatever is typed behind --password is refused, and not repeated. */
function refusePassword(): never {
  throw usageError(
    "Cannot take a password from the command line, where everybody on this machine can read it",
    "Give --password alone to be asked, --password-stdin, or AIRGAP_LOAD_PASSWORD.",
  );
}

/** A colon ends a user name (RFC 7617, section 2): what is behind it is a password, and not repeated. */
function parseUserName(text: string): string {
  if (text.includes(":")) refusePassword();
  return text;
}

/** Adds whether what repositories are to be in is made where it is missing, for commands that push. */
export function addCreateProjectsOption(command: Command): void {
  command.option(
    "--create-projects",
    "make projects and organizations that are missing, where the registry lets it (Harbor, Gitea, Quay)",
  );
}

function defineOptions(command: Command): void {
  command
    .option("--plain-http", "speak http, credentials included")
    .option("--tls-no-verify", "speak https without checking the certificate")
    .option("--insecure", "as docker does: https unchecked, else http")
    .option("--ca-file <file>", "PEM certificates of a private CA, trusted besides the system's")
    .option("--cert <file>", "PEM certificate to sign in with")
    .option("--key <file>", "PEM key of --cert")
    .option(
      "-u, --username <name>",
      "user name; the password comes with --password-stdin or a variable, or is asked for",
      parseUserName,
    )
    .option(
      "--password [prompt]",
      "ask for it on the terminal, as --username alone does there",
      refusePassword,
    )
    .option("--password-stdin", "read the password from standard input")
    .option(
      "--password-env <variable>",
      "environment variable that holds the password",
      "AIRGAP_LOAD_PASSWORD",
    )
    .option(
      "--authfile <file>",
      "credentials in the form of docker's config.json, instead of the usual places",
    )
    .option("--registries-yaml <file>", "k3s or rke2 registries.yaml, for credentials and certificates")
    .option("--concurrency <n>", "blobs uploaded at the same time", parseCount, 3)
    .option("--limit-rate <bytes>", "bytes a second over all uploads: 500k, 20M", parseBytes)
    .option(
      "--commit-timeout <seconds>",
      "how long a registry may take to store a blob it has received",
      parseCount,
      1800,
    );
}

/** A whole number of at least one, for commander. */
function parseCount(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1) return number;
  throw new InvalidArgumentError("want a whole number, at least 1");
}
