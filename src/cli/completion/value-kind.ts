import type { OptionDescription } from "./describe-program.ts";

/** What can be offered for an option's value; nothing is known of the `other` ones. */
export type ValueKind = "none" | "choice" | "file" | "folder" | "other";

/** Reads the kind off the word that stands for the value: `<file>`, `<platform=file>`, `<folder>`. */
export function valueKind({ value, choices }: OptionDescription): ValueKind {
  if (value === undefined) return "none";
  if (choices.length) return "choice";
  if (value.endsWith("file")) return "file";
  return value === "folder" ? "folder" : "other";
}
