import { type CommandDescription, listCommands, type OptionDescription } from "./describe-program.ts";
import { offeredWords } from "./offered-words.ts";
import { type ValueKind, valueKind } from "./value-kind.ts";
import { withDefault } from "./with-default.ts";

/** A completion script for bash 4.1 and newer. Where it offers nothing, bash offers files. */
export function completeBash(program: CommandDescription): string {
  return `# bash completion of airgap-load: source <(airgap-load completion bash)
_airgap_load() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local line=" \${COMP_WORDS[*]:1:COMP_CWORD - 1} " words='' options='' values=''
  COMPREPLY=()
  # bash takes --option=value apart.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $line in
${listBranches(program)}  esac
  case $values in
  '<file>') return ;;
  '<folder>')
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
    return
    ;;
  '<other>')
    compopt +o default 2>/dev/null
    return
    ;;
  '')
    values=$words
    [[ $cur == -* ]] && values=$options
    ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
}
complete -o default -F _airgap_load airgap-load
`;
}

/** The deepest command whose words begin the line decides; without any it is the default command. */
function listBranches(program: CommandDescription): string {
  const named = listCommands(program).filter(({ words, isDefault }) => words.length && !isDefault);
  return [...named.map(formatBranch), formatBranch(withDefault(program))].join("");
}

function formatBranch(command: CommandDescription): string {
  const { words, groups } = command;
  const options = groups.flatMap((group) => group.options);
  const pattern = words.length ? `' ${words.join(" ")} '*` : "*";
  const offered = offeredWords(command).join(" ");
  const position = words.length + 1;
  return `  ${pattern})
${offered && `    ((COMP_CWORD == ${position})) && words='${offered}'\n`}    options='${options.flatMap(({ names }) => names).join(" ")}'
${formatValues(options)}    ;;
`;
}

function formatValues(options: readonly OptionDescription[]): string {
  const cases = new Map<string, string[]>();
  for (const option of options) {
    const kind = valueKind(option);
    if (kind === "none") continue;
    const values = formatKind(kind, option);
    cases.set(values, [...(cases.get(values) ?? []), ...option.names]);
  }
  if (cases.size === 0) return "";
  const lines = [...cases].map(([values, names]) => `    ${names.join(" | ")}) values='${values}' ;;\n`);
  return `    case $prev in\n${lines.join("")}    esac\n`;
}

function formatKind(kind: ValueKind, { choices }: OptionDescription): string {
  return kind === "choice" ? choices.join(" ") : `<${kind}>`;
}
