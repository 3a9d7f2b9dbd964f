import { printable } from "../../oci/printable.ts";

/** Text that is markup already; made by {@link html} only. */
export interface Html {
  readonly markup: string;
}

export type HtmlPart = Html | string | number | readonly Html[];

/** Markup with values put in; every string among them is made printable and escaped, wherever it came from. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { markup: strings.map((text, i) => text + formatPart(parts[i] ?? "")).join("") };
}

function formatPart(part: HtmlPart): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeHtml(part);
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

const escapes = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function escapeHtml(text: string): string {
  const lines = text.split("\n").map((line) => printable(line, Number.POSITIVE_INFINITY));
  return lines.join("\n").replace(/[&<>"']/g, (character) => escapes.get(character) ?? "");
}
