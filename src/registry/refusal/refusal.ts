import { asArray, type JsonObject, parseJson, stringifyJson } from "../../oci/json.ts";
import { printable } from "../../oci/printable.ts";
import { stripMediaTypeParameters } from "../../oci/media-type.ts";
import { parseRetryAfter } from "../http/retry.ts";
import { readUpTo } from "../http/read-answer.ts";
import { headerOf, type RegistryResponse } from "../http/transport.ts";
import { redact } from "./redact.ts";

/** A refusing answer, read. */
export interface Refusal {
  readonly status: number;
  /** Upper-case codes of the distribution specification and of vendors: `DENIED`, `TAG_IMMUTABLE`. */
  readonly codes: readonly string[];
  /** What the registry says, in one line that is safe to print; may be empty. */
  readonly message: string;
  /** Answered with a web page: by a proxy, or by something that is no registry. */
  readonly isHtml: boolean;
  /** Milliseconds that it asks to wait, where it asks. */
  readonly retryAfter: number | undefined;
}

const errorBodyLimit = 64 * 1024;

/**
 * Reads an error answer whatever its form: the specification's, a token server's, plain text, HTML, or nothing. What the
 * request was signed with, its `authorization`, is in none of it, even where the server repeats it.
 */
export async function readRefusal(
  response: RegistryResponse,
  now: number,
  authorization?: string,
): Promise<Refusal> {
  const bytes = await readUpTo(response, errorBodyLimit).then(
    (read) => read.bytes,
    () => new Uint8Array(),
  );
  const text = redact(new TextDecoder().decode(bytes).trim(), authorization);
  const type = stripMediaTypeParameters(headerOf(response, "content-type") ?? "");
  const isHtml = type === "text/html" || /^<(?:!doctype|html)/i.test(text);
  const errors = isHtml ? [] : parseErrors(bytes, authorization);
  return {
    status: response.status,
    codes: errors.flatMap((error) => (error.code ? [error.code] : [])),
    message: isHtml
      ? htmlTitle(text)
      : printable(redact(errors.length ? errors.map(describe).join("; ") : text, authorization), 500),
    isHtml,
    retryAfter: parseRetryAfter(headerOf(response, "retry-after"), now),
  };
}

interface ErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
}

function parseErrors(bytes: Uint8Array, authorization: string | undefined): ErrorEntry[] {
  let value: unknown;
  try {
    value = parseJson(bytes, { what: "error", foldKeys: true });
  } catch {
    return [];
  }
  if (!(value instanceof Map)) return [];
  const body = value as JsonObject;
  const list = Array.isArray(body.get("errors")) ? asArray(body.get("errors"), "errors") : [body];
  return list.flatMap((entry) =>
    entry instanceof Map ? [readEntry(entry as JsonObject, authorization)] : [],
  );
}

/** In capitals a secret would not be found any more. */
function readEntry(entry: JsonObject, authorization: string | undefined): ErrorEntry {
  const detail = entry.get("detail");
  return {
    code: redact(text(entry.get("code")), authorization).toUpperCase(),
    message: text(
      entry.get("message") ?? entry.get("error_description") ?? entry.get("error") ?? entry.get("details"),
    ),
    detail: detail instanceof Map && detail.size ? stringifyJson(detail) : text(detail),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function describe(error: ErrorEntry): string {
  // Pulp has nothing but a detail.
  const message = [error.code, error.message || error.detail].filter(Boolean).join(": ");
  return error.detail && !message.includes(error.detail) ? `${message} (${error.detail})` : message;
}

function htmlTitle(html: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(html)?.[1]?.trim();
  return title ? `a web page titled "${printable(title, 100)}"` : "a web page";
}
