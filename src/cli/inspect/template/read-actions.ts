import { templateError } from "./template-error.ts";

/** Text as it stands between actions, or the words of an action. */
export type TemplatePart =
  | { readonly text: string; readonly words?: never }
  | { readonly text?: never; readonly words: readonly string[] };

/** Strings whole, `(`, `)` with the fields behind it, `|`, `,`, `:=`, and everything else between white space. */
const wordGrammar = /\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)(?:\.\w+)*|:=|[|,]|[^\s()|,"`]+)/y;

/** Cuts a template at its `{{` and `}}`; `{{-` and `-}}` take the white space beside them with them, and comments are left out. */
export function readActions(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (let open = text.indexOf("{{"); open !== -1; open = text.indexOf("{{", at)) {
    const { inside, close } = readAction(text, open + 2);
    const before = text.slice(at, open);
    parts.push({ text: /^-\s/.test(inside) ? before.trimEnd() : before });
    at = close + 2;
    const trimmed = inside.replace(/^-\s/, "").replace(/\s-$/, "");
    if (!/^\s*\/\*[^]*\*\/\s*$/.test(trimmed)) parts.push({ words: splitWords(trimmed) });
    if (/\s-$/.test(inside)) at += text.slice(at).length - text.slice(at).trimStart().length;
  }
  parts.push({ text: text.slice(at) });
  return parts.filter((part) => part.text !== "");
}

/** Braces within strings close nothing. */
function readAction(text: string, start: number): { inside: string; close: number } {
  const scan = /"(?:[^"\\]|\\.)*"|`[^`]*`|\}\}/g;
  scan.lastIndex = start;
  for (let match = scan.exec(text); match; match = scan.exec(text)) {
    if (match[0] === "}}") return { inside: text.slice(start, match.index), close: match.index };
  }
  throw templateError(`"${text.slice(start - 2)}" has no }}`);
}

function splitWords(action: string): string[] {
  const words: string[] = [];
  wordGrammar.lastIndex = 0;
  const rest = action.trimEnd();
  while (wordGrammar.lastIndex < rest.length) {
    const at = wordGrammar.lastIndex;
    const [, word] = wordGrammar.exec(rest) ?? [];
    if (word === undefined) throw templateError(`"${rest.slice(at).trim()}" is not supported`);
    words.push(word);
  }
  return words;
}
