import type { Output, Terminal } from "../../terminal.ts";
import { shownJsonSlices, writeShown } from "../shown.ts";

/** Writes one object with what came of a command, or why it failed, and what was told meanwhile: every command's way to print JSON. */
export function writeJson(
  { stdout, notices }: Pick<Terminal, "stdout" | "notices">,
  document: Readonly<Record<string, unknown>>,
  output: Output = stdout,
): void {
  writeShown(output, shownJsonSlices({ ...document, warnings: notices.list() }));
}
