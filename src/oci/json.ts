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

/**
 * Parses JSON from an archive or a registry strictly: valid UTF-8, no byte order mark, nothing behind the value, and no
 * key twice in one object, since readers disagree about which of the two counts. Objects come back as Maps.
 * Throws `JSON_INVALID`.
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions): unknown {
  const text = decodeUtf8(bytes, options.what);
  const value = parseText(text, options.what);
  try {
    rejectDuplicateKeys(text, options);
    return toMaps(value, options.foldKeys ?? false);
  } catch (cause) {
    if (cause instanceof RangeError) throw invalidJson(options.what, "it is nested too deeply", cause);
    throw cause;
  }
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

function rejectDuplicateKeys(text: string, options: ParseJsonOptions): void {
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (property) => {
      const key = options.foldKeys ? property.toLowerCase() : property;
      if (open.at(-1)?.has(key))
        throw invalidJson(options.what, `key "${printable(property)}" is given twice`);
      open.at(-1)?.add(key);
    },
  });
}

function toMaps(value: unknown, foldKeys: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => toMaps(item, foldKeys));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return new Map(entries.map(([key, item]) => [foldKeys ? key.toLowerCase() : key, toMaps(item, foldKeys)]));
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
  if (value === null) return "null";
  if (value instanceof Map) return "an object";
  if (Array.isArray(value)) return "an array";
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}

/** Maps back to plain JSON text, keys in the map's own order. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(toPlain(value));
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of value as JsonObject) plain[key] = toPlain(item);
  return plain;
}
