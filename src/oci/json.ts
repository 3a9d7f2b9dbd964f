import { visit } from "jsonc-parser";
import { AirgapError } from "./airgap-error.ts";
import { printable } from "./printable.ts";

/** A JSON object from outside; only own keys are looked at, so `__proto__` is a key like any other. */
export type JsonObject = ReadonlyMap<string, unknown>;

export interface ParseJsonOptions {
  /** What is being read, for messages: `manifest.json`. */
  readonly what: string;
  /** Keys that differ only in case are one key, as for every Go reader of docker's manifest.json. */
  readonly foldKeys?: boolean;
}

/** Documents of this trade have fewer than ten levels. */
const maxDepth = 256;
/** Objects and arrays in one document: each takes some hundred times the memory of its two brackets. */
const maxContainers = 200_000;
const maxValues = 1_000_000;

/**
 * Parses JSON from an archive or a registry strictly: valid UTF-8, no byte order mark, nothing behind the value, and no
 * key twice in one object, since readers disagree about which of the two counts. Objects come back as Maps.
 * Throws `JSON_INVALID`.
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions): unknown {
  const text = decodeUtf8(bytes, options.what);
  checkStructure(text, options);
  const value = parseText(text, options.what);
  return toMaps(value, options.foldKeys ?? false);
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalidJson(what, "it is not UTF-8", cause);
  }
}

function parseText(text: string, what: string): unknown {
  if (text.startsWith("\u{feff}")) throw invalidJson(what, "it starts with a byte order mark");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidJson(what, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Refuses what would exhaust the stack or the memory of whoever walks it, before it is parsed, and keys given twice. */
function checkStructure(text: string, { what, foldKeys }: ParseJsonOptions): void {
  const open: Set<string>[] = [];
  let containers = 0;
  let values = 0;
  const begin = (): void => {
    if (++containers > maxContainers) {
      throw invalidJson(what, `it has over ${maxContainers} objects and arrays`);
    }
    if (open.push(new Set()) > maxDepth) throw invalidJson(what, `it is nested over ${maxDepth} levels deep`);
  };
  const end = (): void => void open.pop();
  visit(text, {
    onObjectBegin: begin,
    onObjectEnd: end,
    onArrayBegin: begin,
    onArrayEnd: end,
    onLiteralValue: () => {
      if (++values > maxValues) throw invalidJson(what, `it has over ${maxValues} values`);
    },
    onObjectProperty: (property) => {
      const key = foldKeys ? foldKey(property) : property;
      if (open.at(-1)?.has(key)) throw invalidJson(what, `key "${property}" is given twice`);
      open.at(-1)?.add(key);
    },
  });
}

/** Go's folding: the long s and the Kelvin sign are letters like s and k (encoding/json, fold.go). */
function foldKey(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function toMaps(value: unknown, foldKeys: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => toMaps(item, foldKeys));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return new Map(entries.map(([key, item]) => [foldKeys ? foldKey(key) : key, toMaps(item, foldKeys)]));
}

/** Keys are anybody's below these. */
const freeForm = new Set(["annotations", "labels", "exposedports", "volumes"]);

/**
 * Refuses a document with two keys of one object that differ in case only: readers in Go take them for one and count the
 * last, so that they would see another image than the one that was checked. Throws `JSON_INVALID`.
 */
export function rejectCaseTwins(value: unknown, what: string): void {
  if (Array.isArray(value)) for (const item of value) rejectCaseTwins(item, what);
  if (!(value instanceof Map)) return;
  const seen = new Set<string>();
  for (const [key, item] of value as JsonObject) {
    const folded = foldKey(key);
    if (seen.has(folded)) throw invalidJson(what, `key "${key}" is given twice, in different case`);
    seen.add(folded);
    if (!freeForm.has(folded)) rejectCaseTwins(item, what);
  }
}

/** An object with its keys as readers in Go find them, whatever their case; see {@link rejectCaseTwins}. */
export function foldKeys(object: JsonObject): JsonObject {
  return new Map([...object].map(([key, item]) => [foldKey(key), item]));
}

function invalidJson(what: string, detail: string, cause?: unknown): AirgapError {
  return new AirgapError("JSON_INVALID", `Cannot read ${printable(what)}: ${printable(detail)}`, { cause });
}

/** Narrows to an object; `what` names it in the error. */
export function asObject(value: unknown, what: string): JsonObject {
  if (value instanceof Map) return value as JsonObject;
  throw invalidJson(what, `want an object, got ${kindOf(value)}`);
}

/** Narrows to an array; null and absence count as empty, as Go writes an empty slice. */
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw invalidJson(what, `want an array, got ${kindOf(value)}`);
}

export function asString(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw invalidJson(what, `want a string, got ${kindOf(value)}`);
}

/** A string, or undefined where the value is absent, null or empty, which Go writers do not tell apart. */
export function asOptionalString(value: unknown, what: string): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  return asString(value, what);
}

/** A whole number of bytes, at least zero and exact in a double. */
export function asSize(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidJson(what, `want a whole number of bytes, got ${kindOf(value)}`);
}

/** An object whose values are strings, in its own order; absent counts as empty. */
export function asStringMap(value: unknown, what: string): ReadonlyMap<string, string> {
  if (value === null || value === undefined) return new Map();
  return new Map([...asObject(value, what)].map(([key, item]) => [key, asString(item, `${what}.${key}`)]));
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value instanceof Map) return "an object";
  if (Array.isArray(value)) return "an array";
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}

/** Maps back to plain JSON text, keys in the map's own order, every character fit to be shown: what is not is escaped. */
export function stringifyJson(value: unknown, indent?: number | string): string {
  return JSON.stringify(toPlain(value), undefined, indent).replace(obeyed, (character) =>
    Array.from({ length: character.length }, (_, i) => escapeUnit(character.charCodeAt(i))).join(""),
  );
}

/** Plain values as JSON with an end of line, for files that only programs read; indented where `indent` says how far. */
export function jsonLine(value: unknown, indent?: number): string {
  return `${JSON.stringify(value, undefined, indent)}\n`;
}

/** What JSON.stringify leaves of that: controls above 0x7e, and what turns text round or ends a line. */
const obeyed = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of value as JsonObject) plain[key] = toPlain(item);
  return plain;
}
