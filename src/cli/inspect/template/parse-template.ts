import { readActions } from "./read-actions.ts";
import { templateError } from "./template-error.ts";
import type { Command, Operand, Pipeline, TemplateNode } from "./template-node.ts";

/** Reads the subset of Go's templates that `docker buildx imagetools inspect` documents. Throws `TEMPLATE_INVALID`. */
export function parseTemplate(text: string): readonly TemplateNode[] {
  const parts = readActions(text);
  const { nodes, end } = readNodes(parts, 0, undefined);
  if (end < parts.length) throw templateError(`{{${(parts[end]?.words ?? []).join(" ")}}} closes nothing`);
  return nodes;
}

type Part = ReturnType<typeof readActions>[number];

/** Nodes up to the `else` or `end` that closes `open`, or to the end of the text. */
function readNodes(
  parts: readonly Part[],
  start: number,
  open: string | undefined,
): { nodes: TemplateNode[]; end: number } {
  const nodes: TemplateNode[] = [];
  let at = start;
  for (let part = parts[at]; part; part = parts[at]) {
    const [word, ...rest] = part.words ?? [];
    if (word === "end" || word === "else") return { nodes, end: at };
    at++;
    if (part.text !== undefined) nodes.push({ kind: "text", text: part.text });
    else if (word === "if" || word === "range") {
      const block = readBlock(parts, at, word, rest);
      nodes.push(block.node);
      at = block.end;
    } else nodes.push({ kind: "output", pipeline: readPipeline(part.words) });
  }
  if (open !== undefined) throw templateError(`{{${open}}} has no {{end}}`);
  return { nodes, end: at };
}

function readBlock(
  parts: readonly Part[],
  start: number,
  kind: "if" | "range",
  words: readonly string[],
): { node: TemplateNode; end: number } {
  const body = readNodes(parts, start, kind);
  const closing = parts[body.end]?.words ?? [];
  if (closing.length > 1) throw templateError(`{{${closing.join(" ")}}} is not supported`);
  const otherwise =
    closing[0] === "else" ? readNodes(parts, body.end + 1, kind) : { nodes: [], end: body.end };
  if (parts[otherwise.end]?.words?.[0] !== "end") throw templateError(`{{${kind}}} has a second {{else}}`);
  const { variables, rest } = readVariables(words);
  const node = {
    kind,
    pipeline: readPipeline(rest),
    variables,
    body: body.nodes,
    otherwise: otherwise.nodes,
  };
  return { node, end: otherwise.end + 1 };
}

/** `$key , $value :=` in front of a pipeline. */
function readVariables(words: readonly string[]): { variables: string[]; rest: readonly string[] } {
  const assign = words.indexOf(":=");
  if (assign === -1) return { variables: [], rest: words };
  const variables = words.slice(0, assign).filter((word) => word !== ",");
  if (variables.length > 2 || !variables.every((word) => /^\$\w+$/.test(word))) {
    throw templateError(`"${words.join(" ")}" assigns to what is no variable`);
  }
  return { variables, rest: words.slice(assign + 1) };
}

function readPipeline(words: readonly string[]): Pipeline {
  const commands: Command[] = [];
  let start = 0;
  let depth = 0;
  for (const [at, word] of [...words, "|"].entries()) {
    depth += Number(word === "(") - Number(word.startsWith(")"));
    if (word !== "|" || depth > 0) continue;
    commands.push(readCommand(words.slice(start, at)));
    start = at + 1;
  }
  if (depth !== 0) throw templateError(`"${words.join(" ")}" has parentheses that do not match`);
  return commands;
}

function readCommand(words: readonly string[]): Command {
  const [first] = words;
  if (first === undefined) throw templateError("an action is empty");
  const isFunction = /^[a-z]\w*$/i.test(first) && first !== "true" && first !== "false";
  const operands = readOperands(isFunction ? words.slice(1) : words);
  if (!isFunction && operands.length > 1) {
    throw templateError(`"${words.join(" ")}" calls what is no function`);
  }
  return { name: isFunction ? first : undefined, operands };
}

function readOperands(words: readonly string[]): Operand[] {
  const operands: Operand[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word !== "(") {
      operands.push(readOperand(word));
      continue;
    }
    const close = findClosing(words, at);
    const pipeline = readPipeline(words.slice(at + 1, close));
    const fields = readFields((words[close] ?? ")").slice(1));
    operands.push({ from: { kind: "pipeline", pipeline }, fields });
    at = close;
  }
  return operands;
}

function findClosing(words: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < words.length; at++) {
    const word = words[at] ?? "";
    depth += Number(word === "(") - Number(word.startsWith(")"));
    if (depth === 0) return at;
  }
  throw templateError(`"${words.join(" ")}" has parentheses that do not match`);
}

function readOperand(word: string): Operand {
  const [, variable, chain = ""] = /^(\$\w*)?((?:\.\w+)*|\.)$/.exec(word) ?? [];
  if (variable !== undefined) {
    return { from: { kind: "variable", name: variable }, fields: readFields(chain) };
  }
  if (word.startsWith(".")) return { from: { kind: "dot" }, fields: readFields(word) };
  return { from: { kind: "literal", value: readLiteral(word) }, fields: [] };
}

function readFields(chain: string): string[] {
  if (chain === "" || chain === ".") return [];
  if (!/^(?:\.\w+)+$/.test(chain)) throw templateError(`"${chain}" is not supported`);
  return chain.slice(1).split(".");
}

function readLiteral(word: string): string | number | boolean {
  if (word === "true" || word === "false") return word === "true";
  if (/^-?\d+$/.test(word)) return Number(word);
  if (/^`[^`]*`$/.test(word)) return word.slice(1, -1);
  try {
    const value: unknown = JSON.parse(word);
    if (typeof value === "string") return value;
  } catch {
    // Told below, with everything else that is no literal.
  }
  throw templateError(`"${word}" is not supported`);
}
