import type { RegistryFlags } from "../options/registry-options.ts";

/**
 * The options that reach and sign in to the registry once more, for commands that are printed: never a password, only
 * where it comes from. Empty, or with a space in front.
 */
export function connectionWords(flags: RegistryFlags): string {
  const { username, passwordStdin, passwordEnv = "" } = flags;
  const words = [
    ...(flags.plainHttp ? ["--plain-http"] : []),
    ...(flags.tlsNoVerify ? ["--tls-no-verify"] : []),
    ...(flags.insecure ? ["--insecure"] : []),
    ...optionWords("--ca-file", flags.caFile),
    ...optionWords("--cert", flags.cert),
    ...optionWords("--key", flags.key),
    ...optionWords("--authfile", flags.authfile),
    ...optionWords("--registries-yaml", flags.registriesYaml),
    ...optionWords("--username", username),
    ...(username === undefined ? [] : passwordStdin ? ["--password-stdin"] : ["--password-env", passwordEnv]),
  ];
  return words.map((word) => ` ${quoteWord(word)}`).join("");
}

function optionWords(option: string, value: string | undefined): string[] {
  return value === undefined ? [] : [option, value];
}

/** As a POSIX shell takes it. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
