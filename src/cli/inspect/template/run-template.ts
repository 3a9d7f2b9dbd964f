import { stringifyJson } from "../../../oci/json.ts";
import { printable } from "../../../oci/printable.ts";
import { SingleFact } from "../../../transfer/inspect/describe-image.ts";
import { templateError } from "./template-error.ts";
import type { Command, Operand, Pipeline, TemplateNode } from "./template-node.ts";

/**
 * Fills a template with data made of Maps, arrays and plain values. A field is found under its JSON key or under what Go
 * calls it, `RootFS.DiffIDs` for `rootfs.diff_ids`. Throws `TEMPLATE_INVALID`.
 */
export function runTemplate(nodes: readonly TemplateNode[], data: ReadonlyMap<string, unknown>): string {
  return runNodes(nodes, { dot: data, variables: new Map([["$", data]]) });
}

interface Scope {
  readonly dot: unknown;
  readonly variables: ReadonlyMap<string, unknown>;
}

function runNodes(nodes: readonly TemplateNode[], scope: Scope): string {
  return nodes.map((node) => runNode(node, scope)).join("");
}

function runNode(node: TemplateNode, scope: Scope): string {
  if (node.kind === "text") return node.text;
  const value = runPipeline(node.pipeline, scope);
  if (node.kind === "output") return printValue(value);
  if (node.kind === "if") return runNodes(isTrue(value) ? node.body : node.otherwise, scope);
  const items = listItems(value);
  if (items.length === 0) return runNodes(node.otherwise, scope);
  return items.map((item) => runNodes(node.body, enter(scope, node.variables, item))).join("");
}

type Item = readonly [key: unknown, value: unknown];

function enter(scope: Scope, variables: readonly string[], [key, value]: Item): Scope {
  const values = variables.length === 1 ? [value] : [key, value];
  const own = variables.map((name, at) => [name, values[at]] as const);
  return { dot: value, variables: new Map([...scope.variables, ...own]) };
}

/** What a range goes over; keys in order, as Go has it. */
function listItems(value: unknown): readonly Item[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return [...value.entries()];
  if (value instanceof Map) {
    return [...(value as Map<string, unknown>)].sort(([one], [other]) => (one < other ? -1 : 1));
  }
  throw templateError(`range cannot go over ${describe(value)}`);
}

function runPipeline(pipeline: Pipeline, scope: Scope): unknown {
  let result: readonly unknown[] = [];
  for (const command of pipeline) result = [runCommand(command, scope, result)];
  return result[0];
}

function runCommand({ name, operands }: Command, scope: Scope, piped: readonly unknown[]): unknown {
  const args = [...operands.map((operand) => runOperand(operand, scope)), ...piped];
  if (name !== undefined) return callFunction(name, args);
  if (args.length > 1) throw templateError("a value is piped into what is no function");
  return args[0];
}

function runOperand({ from, fields }: Operand, scope: Scope): unknown {
  let value: unknown;
  if (from.kind === "dot") value = scope.dot;
  else if (from.kind === "literal") value = from.value;
  else if (from.kind === "pipeline") value = runPipeline(from.pipeline, scope);
  else if (scope.variables.has(from.name)) value = scope.variables.get(from.name);
  else throw templateError(`there is no variable ${from.name}`);
  checkRootField(value, fields[0], scope.variables.get("$"));
  return fields.reduce(readField, value);
}

/** The data's own fields are known: another one is a mistake, and not just absent. */
function checkRootField(value: unknown, field: string | undefined, root: unknown): void {
  if (value !== root || field === undefined || readField(value, field) !== undefined) return;
  throw templateError(`there is no field .${field}`);
}

function readField(value: unknown, name: string): unknown {
  if (value === undefined || value === null) return undefined;
  if (!(value instanceof Map)) throw templateError(`${describe(value)} has no field .${name}`);
  if (value.has(name)) return value.get(name);
  const wanted = foldName(name);
  const key = [...(value as Map<string, unknown>).keys()].find((candidate) => foldName(candidate) === wanted);
  return key === undefined ? undefined : value.get(key);
}

function foldName(name: string): string {
  return name.toLowerCase().replace(/[_.-]/g, "");
}

function callFunction(name: string, args: readonly unknown[]): unknown {
  const [first, ...others] = args;
  switch (name) {
    case "json":
      return formatJson(first);
    case "index":
      return others.reduce(readIndex, first);
    case "len":
      return countItems(first);
    case "eq":
      return others.some((other) => other === first);
    case "ne":
      return others.every((other) => other !== first);
    case "print":
      return args.map(printValue).join("");
    case "println":
      return `${args.map(printValue).join(" ")}\n`;
    default:
      throw templateError(`the function "${name}" is not supported`);
  }
}

/** As Go writes JSON, which takes HTML into account. */
function formatJson(value: unknown): string {
  return stringifyJson(value ?? null, 2).replace(
    /[<>&]/g,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
}

function readIndex(value: unknown, key: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (value instanceof SingleFact) {
    throw templateError(
      `index cannot take ${describe(key)}: there is one image only, whose fields follow at once, as in .Image.config`,
    );
  }
  if (value instanceof Map && typeof key === "string") return value.get(key);
  if (Array.isArray(value) && typeof key === "number" && key >= 0 && key < value.length) return value[key];
  throw templateError(`index cannot take ${describe(key)} of ${describe(value)}`);
}

function countItems(value: unknown): number {
  if (value instanceof Map) return value.size;
  if (Array.isArray(value) || typeof value === "string") return value.length;
  throw templateError(`len cannot count ${describe(value)}`);
}

function isTrue(value: unknown): boolean {
  if (value instanceof Map) return value.size > 0;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function printValue(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (typeof value === "string") return value.replace(unprintable, (letter) => printable(letter));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw templateError(`${describe(value)} cannot be printed as it is, write {{json ...}}`);
}

/** What a terminal would obey, except lines and tabs. */
const unprintable = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

function describe(value: unknown): string {
  if (value instanceof Map) return "an object";
  return Array.isArray(value) ? "a list" : `${typeof value} "${String(value)}"`;
}
