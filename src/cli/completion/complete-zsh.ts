import { type CommandDescription, listCommands, type OptionDescription } from "./describe-program.ts";
import { offeredWords } from "./offered-words.ts";
import { valueKind } from "./value-kind.ts";
import { withDefault } from "./with-default.ts";

/** A completion script for zsh: to be sourced, or saved as `_airgap-load` in a folder of `$fpath`. */
export function completeZsh(program: CommandDescription): string {
  const named = listCommands(program).filter(({ words, isDefault }) => words.length && !isDefault);
  return `#compdef airgap-load
# zsh completion of airgap-load: airgap-load completion zsh > "\${fpath[1]}/_airgap-load"
_airgap_load() {
  local line=" \${(j: :)words[2,CURRENT-1]} "
  case $line in
${named.map(formatBranch).join("")}${formatBranch(withDefault(program))}  esac
}
if [[ \${funcstack[1]} == _airgap-load ]]; then
  _airgap_load "$@"
else
  compdef _airgap_load airgap-load
fi
`;
}

function formatBranch(command: CommandDescription): string {
  const { words, groups, arguments: operands } = command;
  const pattern = words.length ? `' ${words.join(" ")} '*` : "*";
  const specs = groups.flatMap(({ options }) => options.map(formatOption));
  const files = operands.some(({ choices }) => choices.length === 0) ? ["'*:file:_files'"] : [];
  // What is left then begins with the command's own last word, as _arguments has it.
  const shift = words.length ? `    shift ${words.length} words\n    (( CURRENT -= ${words.length} ))\n` : "";
  return `  ${pattern})
${shift}${formatWords(command)}    _arguments -s : \\
      ${[...specs, ...files].join(" \\\n      ")}
    ;;
`;
}

function formatWords(command: CommandDescription): string {
  const offered = offeredWords(command);
  if (offered.length === 0) return "";
  return `    if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then
      compadd ${offered.join(" ")}
    fi
`;
}

/** `{-r,--registry=}'[text]:host:'`, for _arguments; `*` lets an option come again, `=` a value stand behind one. */
function formatOption(option: OptionDescription): string {
  const { names, summary, value } = option;
  const actions = {
    none: "",
    choice: `:${value}:(${option.choices.join(" ")})`,
    file: ":file:_files",
    folder: ":folder:_files -/",
    other: `:${escapeSpec(value ?? "")}:`,
  };
  const forms = names.map((name) => (value !== undefined && name.startsWith("--") ? `${name}=` : name));
  const rest = `[${escapeSpec(summary)}]${actions[valueKind(option)]}`;
  return forms.length === 1 ? quote(`*${forms[0]}${rest}`) : `'*'{${forms.join(",")}}${quote(rest)}`;
}

function escapeSpec(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
