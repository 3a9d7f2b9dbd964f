import type { MirrorKindWord } from "../../../content/option-words.ts";
import type { MirrorFlags } from "../../options/load-flags.ts";

/** What is to be printed for nodes, each once. */
export function listMirrorWords(flags: MirrorFlags): MirrorKindWord[] {
  const words: readonly (MirrorKindWord | false | undefined)[] = [
    flags.printRegistriesYaml && "registries.yaml",
    flags.printHostsToml && "hosts.toml",
    flags.printMirrors,
  ];
  return [...new Set(words.flatMap((word) => word || []))];
}
