import { saysNo } from "../../options/bind-environment.ts";

/** Whose `--output` is no form, but a file. */
const takesFile: ReadonlySet<string> = new Set(["save", "inventory"]);

/**
 * Whether a command line, without the program's name, asks for JSON. It is looked at before it is read, since what cannot be read
 * is told in that form as well. `commands` are the names of all; where none of them comes first it is the main job's, which takes
 * the form from the environment too.
 */
export function wantsJson(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  commands: readonly string[],
): boolean {
  const [command = ""] = words;
  if (words.includes("--json")) return true;
  if (takesFile.has(command)) return false;
  const isLoad = command === "load" || !commands.includes(command);
  const given = words.flatMap((word, at) =>
    word === "--output" ? (words[at + 1] ?? "") : (/^--output=(.*)$/s.exec(word)?.[1] ?? []),
  );
  const { AIRGAP_LOAD_OUTPUT: form, AIRGAP_LOAD_JSON: json = "" } = isLoad ? env : {};
  return (given.at(-1) ?? form) === "json" || saysYes(json);
}

/** As for every switch from the environment. */
function saysYes(value: string): boolean {
  return value !== "" && !saysNo(value);
}
