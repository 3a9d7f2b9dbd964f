import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeTempFolder } from "../temp-folder.ts";
import { runProgram } from "./run-program.ts";

/** In an interactive zsh: prints what would be offered between two NULs, and ends. */
const setUp = `
PROMPT=
autoload -U compinit; compinit -D -u
bindkey '^M' undefined; bindkey '^J' undefined; bindkey '^I' complete-word
null-line() { print -rn -- $'\\0\\n' }
compprefuncs=(null-line)
comppostfuncs=(null-line exit)
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits
  return 1
}
source COMPLETION
print ok
`;

const capture = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "source $1"
repeat 20; do zpty -r z line; [[ $line == *ok* ]] && break; done
zpty -w z "$2"$'\\t'
zpty -r z all '*'$'\\0''*'$'\\0''*'
print -r -- $all
`;

/** What zsh offers at the end of a line, with the completion script at `script`. */
export async function zshOffers(script: string, line: string): Promise<string[]> {
  const folder = await makeTempFolder();
  await writeFile(join(folder, "set-up.zsh"), setUp.replace("COMPLETION", script));
  await writeFile(join(folder, "capture.zsh"), capture);
  const answer = await runProgram("zsh", "-f", join(folder, "capture.zsh"), join(folder, "set-up.zsh"), line);
  const [, offered = ""] = answer.split("\0");
  return [...new Set(offered.split(/\r?\n/).filter(Boolean))];
}
