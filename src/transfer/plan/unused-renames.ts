import type { Reference } from "../../oci/reference.ts";
import type { Notice } from "../report/notice.ts";
import { findRename, type RenameRule } from "./name-target.ts";

/** A warning for each `--rename` that changes none of these names: most often it was mistyped. */
export function sayUnusedRenames(rules: readonly RenameRule[], sources: readonly Reference[]): Notice[] {
  const used = new Set(sources.map((source) => findRename(source, rules)));
  return rules
    .filter((rule) => !used.has(rule))
    .map(({ text }) => ({ severity: "warning", text: `--rename ${text} changes the name of no image` }));
}
