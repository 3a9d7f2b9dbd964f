import type { Command } from "commander";

/** Asks for one JSON object on standard output (docs/json.md). */
export interface JsonFlag {
  readonly json?: boolean;
}

/** Adds that; `remark` says where it is otherwise than in most commands. */
export function addJsonOption(command: Command, remark = ""): void {
  command.option("--json", `one JSON object on standard output${remark}`);
}

/** Whether a command prints JSON that takes `--output json` as well, as the main job does. */
export function isJson({ json, output }: JsonFlag & { readonly output?: string }): boolean {
  return json === true || output === "json";
}
