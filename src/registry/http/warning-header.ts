import { printable } from "../../oci/printable.ts";

/** The texts of `Warning: 299 - "..."` headers (distribution-spec, warnings), without secrets, and made safe to print. */
export function parseWarnings(
  headers: readonly string[],
  redact: (text: string) => string,
): readonly string[] {
  return headers.flatMap((header) =>
    [...header.matchAll(/\b299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)].map((match) =>
      printable(redact((match[1] ?? "").replace(/\\(.)/g, "$1"))),
    ),
  );
}
