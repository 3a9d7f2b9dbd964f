/** Version of everything that is printed as JSON (docs/json.md); a key that is there stays. */
const version = 1;

/** The commands that print JSON. */
export type JsonCommand =
  | "load"
  | "copy"
  | "inspect"
  | "verify"
  | "save"
  | "sync"
  | "ls"
  | "tags"
  | "delete"
  | "prune"
  | "serve --verify";

/** One object, as every command prints it: which form, which command, and what that has to tell. */
export function jsonDocument(command: JsonCommand, told: Record<string, unknown>): Record<string, unknown> {
  return { version, command, ...told };
}

/** The same of a command that failed as a whole. */
export function jsonFailure(error: Record<string, unknown>): Record<string, unknown> {
  return { version, error };
}
