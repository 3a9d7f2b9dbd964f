import { stringifyJson } from "../../../oci/json.ts";

/** Levels that are taken apart: an image in an archive of a document is the fourth. */
const levels = 4;

/**
 * An object as JSON, indented by two, with an end of line, in pieces of which none is longer than one image needs: what
 * thousands of images have to tell is never one string (issue 14).
 */
export function* jsonSlices(value: Readonly<Record<string, unknown>>): Generator<string> {
  yield* slice(value, levels, "\n");
  yield "\n";
}

function* slice(value: unknown, depth: number, lineEnd: string): Generator<string> {
  const inner = `${lineEnd}  `;
  if (depth > 0 && Array.isArray(value) && value.length > 0) {
    yield "[";
    for (const [at, item] of value.entries()) {
      yield `${at > 0 ? "," : ""}${inner}`;
      yield* slice(item ?? null, depth - 1, inner);
    }
    yield `${lineEnd}]`;
  } else if (depth > 0 && isPlain(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    yield entries.length > 0 ? "{" : "{}";
    for (const [at, [key, item]] of entries.entries()) {
      yield `${at > 0 ? "," : ""}${inner}${stringifyJson(key)}: `;
      yield* slice(item, depth - 1, inner);
    }
    if (entries.length > 0) yield `${lineEnd}}`;
  } else {
    yield stringifyJson(value, 2).replaceAll("\n", lineEnd);
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
